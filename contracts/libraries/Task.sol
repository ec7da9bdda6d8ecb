// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IFeedbackTasks} from "../interfaces/IFeedbackTasks.sol";

/// @notice A task as stored: the terms that rules read again, and what has happened since. `itemsRoot` and
/// `manifestHash` are in `TaskCreated` alone.
struct Task {
    // slot 0
    address requester;
    uint96 operatorBond;
    // slot 1
    address operator;
    uint96 operatorFee;
    // slot 2
    uint96 humanPrice;
    uint96 aiPrice;
    uint32 maxPenalty;
    uint16 minJudgments;
    bool conditionOnAi;
    // slot 3
    uint40 aiClosesAt;
    uint40 closesAt;
    uint40 commitEndsAt;
    uint40 revealEndsAt;
    uint16 itemCount;
    uint8 humanVotes;
    uint8 aiVotes;
    bool opened;
    bool cancelled;
    bool booksClosed;
    bool bondReleased;
    IFeedbackTasks.GoldStage gold;
    // slot 4
    uint64 snapshotBlock;
    uint64 createdAt;
    uint32 fullPayScore;
    uint32 breakEven;
    uint32 oversubscription;
    // slot 5: counters
    uint32 ballotsCommitted;
    uint32 ballotsSettled;
    uint32 paidVotesHuman;
    uint32 paidVotesAi;
    uint128 paidUnits;
    // slot 6
    uint128 penaltyUnits;
    uint32 humanAdmitted;
    uint32 aiAdmitted;
    // slots 7 to 10
    address receiptKey;
    bytes32 humanAdmissionRoot;
    bytes32 aiAdmissionRoot;
    bytes32 goldHash; // once opened: keccak256 of the golds
    // slot 11 on: fixed when the task opens
    bytes32 seed;
    IFeedbackTasks.Draw human;
    IFeedbackTasks.Draw ai;
}
