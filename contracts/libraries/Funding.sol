// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IFeedbackTasks} from "../interfaces/IFeedbackTasks.sol";
import {Draws} from "./Draws.sol";
import {Pay} from "./Pay.sol";
import {Task} from "./Task.sol";

/// @title Takes a task in: its id, the bounds of its terms, and what is kept of them
/// @notice A linked library, for the contract's size. docs/protocol.md, section 4; `protocol/terms.ts` is the twin.
library Funding {
    /// @param unbonding how long exiting stake stays: no task may last longer [G1]
    struct Limits {
        uint256 minCommit;
        uint256 minReveal;
        uint256 claimWindow;
        uint256 unbonding;
        uint256 seedDelay;
    }

    uint256 private constant MOST_ITEMS = 4096;
    uint256 private constant MOST_SEATS = 65_535;
    uint256 private constant MOST_OPEN_OVERSUBSCRIPTION = 1_500_000;
    uint256 private constant MOST_LIVE_TICKETS = 8_000_000;

    function taskIdOf(
        address requester,
        uint256 nonce,
        IFeedbackTasks.Terms calldata terms
    ) external view returns (bytes32) {
        bytes32 termsHash = keccak256(abi.encode(terms));
        return keccak256(abi.encode(block.chainid, address(this), requester, nonce, termsHash));
    }

    /// @notice Stores a new task of the caller, or reverts with the first term out of its bounds.
    /// @return escrowUnits what these terms cost
    function create(
        Task storage task,
        Limits calldata limits,
        bytes32 taskId,
        uint256 nonce,
        IFeedbackTasks.Terms calldata terms
    ) external returns (uint256 escrowUnits) {
        _checkWork(terms);
        _checkPay(terms);
        _checkTimes(terms, limits);

        escrowUnits = Pay.escrow(
            terms.itemCount,
            terms.humanVotes,
            terms.humanPrice,
            terms.aiVotes,
            terms.aiPrice,
            terms.operatorFee
        );
        _need(uint256(terms.operatorBond) * 4 >= escrowUnits, "operatorBond");

        _store(task, terms);

        emit IFeedbackTasks.TaskCreated(
            taskId,
            msg.sender,
            terms.operator,
            nonce,
            escrowUnits,
            block.number,
            block.number + limits.seedDelay,
            terms
        );
    }

    function _store(Task storage task, IFeedbackTasks.Terms calldata terms) private {
        task.requester = msg.sender;
        task.operatorBond = terms.operatorBond;
        task.operator = terms.operator;
        task.operatorFee = terms.operatorFee;
        task.humanPrice = terms.humanPrice;
        task.aiPrice = terms.aiPrice;
        task.maxPenalty = terms.maxPenalty;
        task.minJudgments = terms.minJudgments;
        task.conditionOnAi = terms.conditionOnAi;
        task.aiClosesAt = terms.aiClosesAt;
        task.closesAt = terms.closesAt;
        task.commitEndsAt = terms.commitEndsAt;
        task.revealEndsAt = terms.revealEndsAt;
        task.itemCount = terms.itemCount;
        task.humanVotes = terms.humanVotes;
        task.aiVotes = terms.aiVotes;
        task.snapshotBlock = uint64(block.number); // block numbers and times stay far below 2^64
        task.createdAt = uint64(block.timestamp);
        task.fullPayScore = terms.fullPayScore;
        task.breakEven = terms.breakEven;
        task.oversubscription = terms.oversubscription;
        task.humanAdmitted = terms.humanSeats;
        task.aiAdmitted = terms.aiSeats;
        task.receiptKey = terms.receiptKey;
        task.humanAdmissionRoot = terms.humanAdmissionRoot;
        task.aiAdmissionRoot = terms.aiAdmissionRoot;
        if (terms.goldHash != 0) task.goldHash = terms.goldHash;
    }

    function _checkWork(IFeedbackTasks.Terms calldata terms) private pure {
        _need(terms.receiptKey != address(0), "receiptKey");
        _need(terms.itemsRoot != 0, "itemsRoot");
        _need(terms.itemCount >= 1 && terms.itemCount <= MOST_ITEMS, "itemCount");

        bool isOpen = terms.humanAdmissionRoot == 0;
        _need(terms.humanSeats <= MOST_SEATS && (isOpen || terms.humanSeats != 0), "humanSeats");
        _need(terms.aiSeats <= MOST_SEATS && (terms.aiAdmissionRoot == 0 || terms.aiSeats != 0), "aiSeats");

        _need(terms.humanVotes >= 2 && terms.humanVotes <= 15, "humanVotes");
        _need(terms.aiVotes <= 3, "aiVotes");
        _need(terms.minJudgments >= 1 && terms.minJudgments <= MOST_ITEMS, "minJudgments");
        _need(!terms.conditionOnAi || terms.aiVotes != 0, "conditionOnAi");

        uint256 oversubscription = terms.oversubscription;
        _need(oversubscription >= Draws.PPM, "oversubscription");
        // More tickets than live work may have: only for a list, as a replay of judgments made elsewhere.
        if (isOpen) {
            _need(oversubscription <= MOST_OPEN_OVERSUBSCRIPTION, "oversubscription");
            _need(oversubscription * terms.humanVotes <= MOST_LIVE_TICKETS, "oversubscription");
        }
    }

    function _checkPay(IFeedbackTasks.Terms calldata terms) private pure {
        _need(terms.humanPrice != 0, "humanPrice");
        _need((terms.aiPrice == 0) == (terms.aiVotes == 0), "aiPrice");
        _need(terms.fullPayScore >= 10_000 && terms.fullPayScore <= Draws.PPM, "fullPayScore");
        _need(terms.breakEven <= terms.fullPayScore / 2, "breakEven");
        _need(terms.maxPenalty <= Draws.PPM, "maxPenalty");
    }

    function _checkTimes(IFeedbackTasks.Terms calldata terms, Limits calldata limits) private view {
        uint256 closesAt = terms.closesAt;
        uint256 commitEndsAt = terms.commitEndsAt;
        uint256 revealEndsAt = terms.revealEndsAt;
        _need(closesAt > block.timestamp, "closesAt");
        _need(terms.aiClosesAt <= closesAt, "aiClosesAt");
        _need(commitEndsAt > closesAt && commitEndsAt - closesAt >= limits.minCommit, "commitEndsAt");
        _need(revealEndsAt > commitEndsAt, "revealEndsAt");
        uint256 revealTime = terms.conditionOnAi ? (revealEndsAt - commitEndsAt) / 2 : revealEndsAt - commitEndsAt;
        _need(revealTime >= limits.minReveal, "revealEndsAt");
        _need(revealEndsAt + limits.claimWindow <= block.timestamp + limits.unbonding, "revealEndsAt");
    }

    function _need(bool holds, string memory term) private pure {
        if (!holds) revert IFeedbackTasks.TermOutOfBounds(term);
    }
}
