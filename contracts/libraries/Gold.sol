// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IFeedbackTasks} from "../interfaces/IFeedbackTasks.sol";
import {BallotCodec} from "./BallotCodec.sol";
import {StoredTallies, Tallies, TallyBook} from "./Tallies.sol";
import {Task} from "./Task.sol";

/// @notice The golds that count, a bit an item of 4,096: whether it is one, and whether its answer is B.
struct GoldKey {
    uint256[16] valid;
    uint256[16] answerB;
}

/// @title Items whose answer the requester knew: a gate, never a wage
/// @notice Opening and judging are linked, for the contract's size. `protocol/gold.ts` and `protocol/gold-gate.ts` are
/// the twin; docs/protocol.md, section 8, is the rule.
///
/// A gold is packed as an entry is, 4 bytes: itemIndex uint24, answer uint8 (0 A, 1 B), strictly ascending.
library Gold {
    uint256 private constant MOST = 1024;
    uint256 private constant MOST_PERCENT = 15;
    uint256 private constant LEAST_VOTES_TO_VOID = 3;
    /// @notice Golds of one ballot that count: its first ones.
    uint256 internal constant MOST_COUNTED = 60;

    /// @notice Makes the golds public once no commit is accepted any more. The caller checks that the task is
    /// revealing.
    function open(Task storage task, bytes32 taskId, bytes32 salt, bytes calldata golds) external {
        uint256 until = task.commitEndsAt + (task.revealEndsAt - task.commitEndsAt) / 2;
        if (task.gold != IFeedbackTasks.GoldStage.Sealed) revert IFeedbackTasks.GoldAlreadyOpened(taskId);
        if (block.timestamp >= until) revert IFeedbackTasks.TooLateForGold(until);
        if (keccak256(abi.encode(salt, golds)) != task.goldHash) revert IFeedbackTasks.WrongGold(taskId);
        if (!isWellFormed(golds, task.itemCount)) revert IFeedbackTasks.MalformedGold(taskId);

        // Whoever judges them later need not know the salt.
        task.goldHash = keccak256(golds);
        task.gold = IFeedbackTasks.GoldStage.Opened;

        emit IFeedbackTasks.GoldOpened(taskId, golds);
    }

    /// @notice Holds the golds against people's final votes, once. The caller checks that revealing is over.
    function judge(
        Task storage task,
        GoldKey storage key,
        StoredTallies storage stored,
        bytes32 taskId,
        bytes calldata golds
    ) external {
        if (task.gold != IFeedbackTasks.GoldStage.Opened) revert IFeedbackTasks.NoGoldToJudge(taskId);
        if (keccak256(golds) != task.goldHash) revert IFeedbackTasks.WrongGold(taskId);

        (GoldKey memory counted, uint256 contradicted) = _judge(Tallies.open(stored, task.itemCount, false), golds);
        uint256 count = golds.length / BallotCodec.ENTRY_BYTES;
        bool gate = 10 * contradicted <= count;

        task.gold = gate ? IFeedbackTasks.GoldStage.Gate : IFeedbackTasks.GoldStage.NoGate;
        if (gate) _store(key, counted);

        emit IFeedbackTasks.GoldJudged(taskId, count - contradicted, contradicted, gate);
    }

    function _judge(
        TallyBook memory book,
        bytes calldata golds
    ) private pure returns (GoldKey memory counted, uint256 contradicted) {
        for (uint256 offset = 0; offset < golds.length; offset += BallotCodec.ENTRY_BYTES) {
            (uint256 itemIndex, uint256 answer) = BallotCodec.entryAt(golds, offset);
            if (isVoid(Tallies.ofPeople(book, itemIndex), answer)) {
                ++contradicted;
                continue;
            }
            counted.valid[itemIndex >> 8] |= 1 << (itemIndex & 0xff);
            counted.answerB[itemIndex >> 8] |= answer << (itemIndex & 0xff);
        }
    }

    function _store(GoldKey storage key, GoldKey memory counted) private {
        for (uint256 i = 0; i < 16; ++i) {
            if (counted.valid[i] != 0) key.valid[i] = counted.valid[i];
            if (counted.answerB[i] != 0) key.answerB[i] = counted.answerB[i];
        }
    }

    /// @notice Whole golds of the task's items, strictly ascending, each answered A or B, no more than there may be.
    function isWellFormed(bytes calldata golds, uint256 itemCount) internal pure returns (bool) {
        uint256 count = golds.length / BallotCodec.ENTRY_BYTES;
        if (golds.length % BallotCodec.ENTRY_BYTES != 0) return false;
        if (count > MOST || count > (itemCount * MOST_PERCENT) / 100) return false;
        uint256 next = 0;
        for (uint256 offset = 0; offset < golds.length; offset += BallotCodec.ENTRY_BYTES) {
            (uint256 itemIndex, uint256 answer) = BallotCodec.entryAt(golds, offset);
            if (itemIndex < next || itemIndex >= itemCount || answer > 1) return false;
            next = itemIndex + 1;
        }
        return true;
    }

    /// @notice At least 3 people voted on the item, and at least two thirds of them did not give this answer.
    /// @param cell people's votes on the item
    function isVoid(uint256 cell, uint256 answer) internal pure returns (bool) {
        uint256 votes = Tallies.votesOn(cell);
        uint256 agreeing = Tallies.votesFor(cell, answer);
        return votes >= LEAST_VOTES_TO_VOID && 3 * (votes - agreeing) >= 2 * votes;
    }

    /// @notice One ballot's answers to its first golds.
    /// @param entries effective ones
    function answersOf(
        GoldKey memory key,
        bytes calldata entries
    ) internal pure returns (uint256 right, uint256 wrong) {
        for (uint256 offset = 0; offset < entries.length; offset += BallotCodec.ENTRY_BYTES) {
            (uint256 itemIndex, uint256 verdict) = BallotCodec.entryAt(entries, offset);
            if ((key.valid[itemIndex >> 8] >> (itemIndex & 0xff)) & 1 == 0) continue;
            if ((key.answerB[itemIndex >> 8] >> (itemIndex & 0xff)) & 1 == verdict) ++right;
            else ++wrong;
            if (right + wrong == MOST_COUNTED) break;
        }
    }

    /// @notice Wald's test of .85 against .60 at odds of 49 to 1: (17/12)^right · (3/8)^wrong <= 1/49.
    /// @dev Together at most 60: 49·17^60 < 2^251 and 12^60 < 2^216, so neither side overflows.
    /// Example: four wrong fail, 49·3^4 = 3,969 <= 8^4 = 4,096; with one right they do not, 67,473 > 49,152.
    function fails(uint256 right, uint256 wrong) internal pure returns (bool) {
        return 49 * 17 ** right * 3 ** wrong <= 12 ** right * 8 ** wrong;
    }
}
