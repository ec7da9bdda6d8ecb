// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IFeedbackTasks} from "../interfaces/IFeedbackTasks.sol";
import {BallotCodec} from "./BallotCodec.sol";
import {Draws} from "./Draws.sol";
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

    /// @dev What the loop over a person's entries reads, at the offsets given. It is made before any ballot is counted: what
    /// the optimizer sees being written it would compute anew each turn.
    struct Frame {
        uint256 words; // 0x00: where in memory people's tallies begin
        uint256 lastTicket; // 0x20
        uint256 itemCount; // 0x40
        bytes32 seed; // 0x60
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
        Frame memory frame = _frameOf(book, rules);
        counted = new Counted[](openings.length);
        for (uint256 i = 0; i < openings.length; ++i) {
            Kind kind = claims[i].kind;
            bytes calldata entries = openings[i].entries;
            if (kind == Kind.None || !BallotCodec.isWellFormed(entries, claims[i].judgments)) continue;

            counted[i].wellFormed = true;
            if (kind == Kind.Human) {
                counted[i].effective = _countHuman(frame, openings[i].validator, entries);
            } else {
                uint256 paid;
                (counted[i].effective, paid) = _countAi(book, rules, openings[i].validator, entries);
                paidVotesAi += paid;
            }
        }
        paidVotesHuman = Tallies.newPaidHumanVotes(book, rules.human.quota);
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
        uint256 people = Tallies.humanCounts(book, itemIndex);
        uint256 ais = withAis ? Tallies.aiCounts(book, itemIndex) : 0;
        for (uint256 k = 0; k < 3; ++k) {
            tally.human[k] = uint8((people >> (4 * k)) & 0xf); // 4 bits
            tally.ai[k] = uint8((ais >> (Tallies.AI_COUNT_BITS * k)) & 0x7); // 3 bits
        }
    }

    function _frameOf(TallyBook memory book, Rules calldata rules) private pure returns (Frame memory frame) {
        uint256[] memory words = book.words;
        uint256 first;
        assembly ("memory-safe") {
            first := add(words, 0x20)
        }
        // ticket >> 1 < threshold iff ticket <= 2·threshold − 1: at the largest threshold, 2^255, that is every ticket.
        // Where anybody is in the pool, which commit checks, the threshold is not zero.
        unchecked {
            frame = Frame(first, 2 * rules.human.threshold - 1, rules.itemCount, rules.seed);
        }
    }

    function _countHuman(
        Frame memory frame,
        address validator,
        bytes calldata entries
    ) private pure returns (bytes memory effective) {
        // Assembly: this loop runs once a judgment of a person. A ticket hashes the first three words of memory, of which
        // the third, where free memory begins, is put right at the end; nothing is allocated meanwhile. `effective` is
        // written four bytes a step, each with what follows in the call data, which the next step overwrites.
        assembly ("memory-safe") {
            effective := mload(0x40)
            let out := add(effective, 0x20)
            let words := mload(frame)
            let lastTicket := mload(add(frame, 0x20))
            mstore(0x00, mload(add(frame, 0x60)))
            mstore(0x20, validator)

            let offset := entries.offset
            let end := add(offset, entries.length)
            // Indexes ascend, so those beyond the task's items are the last.
            let itemCount := mload(add(frame, 0x40))
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
                if gt(ticket, lastTicket) {
                    continue
                }
                let at := add(words, shl(5, div(item, 21)))
                let word := mload(at)
                let place := mul(mod(item, 21), 12)
                // The three counts are digits in base 16: modulo 15 they add up. A sum of 15, the most there may be,
                // shows as 0, as no votes do, but then some count is not zero.
                let counts := and(shr(place, word), 0xfff)
                if iszero(mod(counts, 15)) {
                    if counts {
                        continue
                    }
                }
                // Left and right change places where the flip, the ticket's lowest bit, is set; a tie (2) stays.
                let verdict := and(shr(224, entry), 3)
                let flip := and(ticket, lt(verdict, 2))
                mstore(at, add(word, shl(add(place, shl(2, xor(verdict, flip))), 1)))
                mstore(out, xor(entry, shl(224, flip)))
                out := add(out, 4)
            }
            mstore(effective, sub(out, add(effective, 0x20)))
            mstore(0x40, and(add(out, 0x3f), not(0x1f)))
        }
    }

    function _countAi(
        TallyBook memory book,
        Rules calldata rules,
        address validator,
        bytes calldata entries
    ) private pure returns (bytes memory effective, uint256 paidVotes) {
        effective = new bytes(entries.length);
        uint256 length = 0;
        for (uint256 offset = 0; offset < entries.length; offset += BallotCodec.ENTRY_BYTES) {
            (uint256 itemIndex, uint256 verdict) = BallotCodec.entryAt(entries, offset);
            if (itemIndex >= rules.itemCount) break; // indexes ascend
            uint256 ticket = Draws.ticketOf(rules.seed, validator, itemIndex);
            if (ticket >> 1 >= rules.ai.threshold) continue;
            if (verdict < 2) verdict ^= ticket & 1;

            uint256 votes = Tallies.aiVotes(Tallies.aiCounts(book, itemIndex));
            if (votes >= Tallies.MOST_AIS) continue;
            if (votes < rules.ai.quota) ++paidVotes;
            Tallies.addAi(book, itemIndex, verdict);
            BallotCodec.writeEntry(effective, length, itemIndex, verdict);
            length += BallotCodec.ENTRY_BYTES;
        }
        // Memory behind the shortened bytes stays unused.
        assembly ("memory-safe") {
            mstore(effective, length)
        }
    }
}
