// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IFeedbackTasks} from "../interfaces/IFeedbackTasks.sol";
import {BallotCodec} from "./BallotCodec.sol";
import {StoredTallies, Tallies, TallyBook} from "./Tallies.sol";

/// @title Counts the votes of opened ballots
/// @notice A linked library, for the contract's size; it writes the task's tallies. `protocol/settlement.ts` is the
/// twin.
///
/// An entry out of range, without a ticket, or beyond 15 people or 7 AIs on its item is void by itself. Wrong order,
/// a verdict above 2, a wrong length or count make the whole ballot void.
library Counting {
    enum Kind {
        None,
        Human,
        Ai
    }

    /// @param kind None: passed over
    /// @param judgments how many entries the ballot announced
    struct Claim {
        Kind kind;
        uint16 judgments;
    }

    struct Rules {
        bytes32 seed;
        uint256 itemCount;
        bool withAis;
        RoleRules human;
        RoleRules ai;
    }

    /// @param threshold of the role's tickets
    /// @param quota votes the task pays for on an item
    struct RoleRules {
        uint256 threshold;
        uint256 quota;
    }

    /// @param wellFormed false: the whole ballot is void
    /// @param effective canonical entries, void ones dropped, order kept
    struct Counted {
        bool wellFormed;
        bytes effective;
    }

    /// @dev What the loop over the entries reads, by role, at the offsets given. It is made before any ballot is counted:
    /// what the optimizer sees being written it would compute anew each turn.
    struct Frame {
        uint256 cells; // 0x00: where in memory the role's cells begin
        uint256 lastTicket; // 0x20
        uint256 lastOpen; // 0x40: the largest word that begins with the cell of an item with room for one more vote
        uint256 itemCount; // 0x60
        bytes32 seed; // 0x80
    }

    /// @notice Adds the ballots' valid votes to the tallies, one after the other.
    /// @return counted one an opening
    /// @return paidVotesHuman how many of the votes the task pays for: those within its quota on the item
    /// @return paidVotesAi the same of AIs
    function count(
        StoredTallies storage stored,
        Rules calldata rules,
        Claim[] calldata claims,
        IFeedbackTasks.Opening[] calldata openings
    ) external returns (Counted[] memory counted, uint256 paidVotesHuman, uint256 paidVotesAi) {
        TallyBook memory book = Tallies.openToCount(stored, rules.itemCount, rules.withAis);
        Frame memory human = _frameOf(book, 0, rules, rules.human.threshold, Tallies.MOST_HUMANS);
        Frame memory ai = _frameOf(book, book.aiStart, rules, rules.ai.threshold, Tallies.MOST_AIS);
        counted = new Counted[](openings.length);
        for (uint256 i = 0; i < openings.length; ++i) {
            Kind kind = claims[i].kind;
            bytes calldata entries = openings[i].entries;
            if (kind == Kind.None || !BallotCodec.isWellFormed(entries, claims[i].judgments)) continue;

            counted[i].wellFormed = true;
            counted[i].effective = _count(kind == Kind.Human ? human : ai, openings[i].validator, entries);
        }
        (paidVotesHuman, paidVotesAi) = Tallies.newPaidVotes(book, rules.human.quota, rules.ai.quota);
        Tallies.flush(book, stored);
    }

    /// @notice Votes counted on one item so far.
    function tallyOf(
        StoredTallies storage stored,
        uint256 itemCount,
        bool withAis,
        uint256 itemIndex
    ) external view returns (IFeedbackTasks.Tally memory tally) {
        TallyBook memory book = Tallies.open(stored, itemCount, withAis);
        uint256 people = Tallies.ofPeople(book, itemIndex);
        uint256 ais = withAis ? Tallies.ofAis(book, itemIndex) : 0;
        for (uint256 verdict = 0; verdict < 3; ++verdict) {
            tally.human[verdict] = uint8(Tallies.votesFor(people, verdict)); // 4 bits each
            tally.ai[verdict] = uint8(Tallies.votesFor(ais, verdict));
        }
    }

    /// @param firstWord of the book, with which the role's cells begin
    /// @param most votes of the role on an item
    function _frameOf(
        TallyBook memory book,
        uint256 firstWord,
        Rules calldata rules,
        uint256 threshold,
        uint256 most
    ) private pure returns (Frame memory frame) {
        uint256[] memory words = book.words;
        uint256 cells;
        assembly ("memory-safe") {
            cells := add(add(words, 0x20), shl(5, firstWord))
        }
        // ticket >> 1 < threshold iff ticket <= 2·threshold − 1: at the largest threshold, 2^255, that is every ticket.
        // Where anybody is in the pool, which commit checks, the threshold is not zero.
        unchecked {
            frame = Frame(cells, 2 * threshold - 1, (most << 252) - 1, rules.itemCount, rules.seed);
        }
    }

    function _count(
        Frame memory frame,
        address validator,
        bytes calldata entries
    ) private pure returns (bytes memory effective) {
        // Assembly: this loop runs once a judgment. A ticket hashes the first three words of memory, of which the third,
        // where free memory begins, is put right at the end; nothing is allocated meanwhile. `effective` is written four
        // bytes a step, each with what follows in the call data, which the next step overwrites. A cell is read and
        // written with the 30 bytes that follow it, which stay as they are.
        assembly ("memory-safe") {
            effective := mload(0x40)
            let out := add(effective, 0x20)
            let cells := mload(frame)
            let lastTicket := mload(add(frame, 0x20))
            let lastOpen := mload(add(frame, 0x40))
            mstore(0x00, mload(add(frame, 0x80)))
            mstore(0x20, validator)

            let offset := entries.offset
            let end := add(offset, entries.length)
            // Indexes ascend, so those beyond the task's items are the last.
            let itemCount := mload(add(frame, 0x60))
            for {} gt(end, offset) {
                end := sub(end, 4)
            } {
                if lt(shr(232, calldataload(sub(end, 4))), itemCount) {
                    break
                }
            }

            for {} lt(offset, end) {
                offset := add(offset, 4)
            } {
                let entry := calldataload(offset)
                let item := shr(232, entry)
                mstore(0x40, item)
                let ticket := keccak256(0x00, 0x60)
                let at := add(cells, shl(1, item))
                let cell := mload(at)
                // One branch for both: no ticket, or an item that is full.
                if or(gt(ticket, lastTicket), gt(cell, lastOpen)) {
                    continue
                }
                // Left and right change places where the flip, the ticket's lowest bit, is set; a tie (2) stays.
                let verdict := byte(3, entry)
                let flip := and(ticket, lt(verdict, 2))
                // One more for the verdict, and one more in the sum.
                mstore(at, add(add(cell, shl(252, 1)), shl(shl(2, xor(verdict, flip)), shl(240, 1))))
                mstore(out, xor(entry, shl(224, flip)))
                out := add(out, 4)
            }
            mstore(effective, sub(out, add(effective, 0x20)))
            mstore(0x40, and(add(out, 0x3f), not(0x1f)))
        }
    }
}
