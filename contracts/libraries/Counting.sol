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

    /// @dev Read by the loop over a person's entries at the offsets given. The first three words are what a ticket
    /// hashes.
    struct Frame {
        bytes32 seed; // 0x00
        address validator; // 0x20
        uint256 itemIndex; // 0x40: written by the loop
        uint256 threshold; // 0x60
        uint256 quota; // 0x80
        uint256 itemBits; // 0xa0
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
        TallyBook memory book = Tallies.open(rules.itemCount, rules.withAis);
        counted = new Counted[](openings.length);
        for (uint256 i = 0; i < openings.length; ++i) {
            Kind kind = claims[i].kind;
            bytes calldata entries = openings[i].entries;
            if (kind == Kind.None || !BallotCodec.isWellFormed(entries, claims[i].judgments)) continue;

            counted[i].wellFormed = true;
            uint256 paid;
            if (kind == Kind.Human) {
                (counted[i].effective, paid) = _countHuman(book, stored, rules, openings[i].validator, entries);
                paidVotesHuman += paid;
            } else {
                (counted[i].effective, paid) = _countAi(book, stored, rules, openings[i].validator, entries);
                paidVotesAi += paid;
            }
        }
        Tallies.flush(book, stored);
    }

    function _countHuman(
        TallyBook memory book,
        StoredTallies storage stored,
        Rules calldata rules,
        address validator,
        bytes calldata entries
    ) private view returns (bytes memory effective, uint256 paidVotes) {
        // What each turn of the loop reads lies in memory, or the stack would be too deep and things computed twice.
        Frame memory frame = Frame({
            seed: rules.seed,
            validator: validator,
            itemIndex: 0,
            threshold: rules.human.threshold,
            quota: rules.human.quota,
            itemBits: book.itemBits
        });
        uint256 itemCount = rules.itemCount;
        uint256 itemsPerWord = book.itemsPerWord;
        uint256[] memory words = book.words;

        // Assembly: this loop runs once a judgment of a person. `effective` is allocated for as many bytes as there
        // are entries, plus a word that the last 4-byte write may spill into.
        assembly ("memory-safe") {
            effective := mload(0x40)
            let out := add(effective, 0x20)
            mstore(0x40, add(add(out, entries.length), 0x40))
            words := add(words, 0x20)

            let offset := entries.offset
            let end := add(offset, entries.length)
            // Indexes ascend, so those beyond the task's items are the last.
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
                let itemIndex := shr(232, calldataload(offset))
                mstore(add(frame, 0x40), itemIndex)
                let hash := keccak256(frame, 0x60)
                if iszero(lt(shr(1, hash), mload(add(frame, 0x60)))) {
                    continue
                }
                let at := div(itemIndex, itemsPerWord)
                let place := mul(sub(itemIndex, mul(at, itemsPerWord)), mload(add(frame, 0xa0)))
                let word := mload(add(words, shl(5, at)))
                if iszero(word) {
                    word := or(sload(add(stored.slot, at)), shl(255, 1))
                }
                // The three counts are digits in base 16: modulo 15 they add up. A sum of 15, the most there may be,
                // shows as 0, as no votes do, but then some count is not zero.
                let votes := and(shr(place, word), 0xfff)
                if votes {
                    votes := mod(votes, 15)
                    if iszero(votes) {
                        mstore(add(words, shl(5, at)), word)
                        continue
                    }
                }
                paidVotes := add(paidVotes, lt(votes, mload(add(frame, 0x80))))
                // Left and right change places where the flip, the hash's lowest bit, is set; a tie (2) stays.
                let verdict := and(shr(224, calldataload(offset)), 3)
                verdict := xor(verdict, and(hash, lt(verdict, 2)))
                mstore(add(words, shl(5, at)), add(word, shl(add(place, shl(2, verdict)), 1)))
                mstore(out, shl(224, or(shl(8, itemIndex), verdict)))
                out := add(out, 4)
            }
            mstore(effective, sub(out, add(effective, 0x20)))
        }
    }

    function _countAi(
        TallyBook memory book,
        StoredTallies storage stored,
        Rules calldata rules,
        address validator,
        bytes calldata entries
    ) private view returns (bytes memory effective, uint256 paidVotes) {
        effective = new bytes(entries.length);
        uint256 length = 0;
        for (uint256 offset = 0; offset < entries.length; offset += BallotCodec.ENTRY_BYTES) {
            (uint256 itemIndex, uint256 verdict) = BallotCodec.entryAt(entries, offset);
            if (itemIndex >= rules.itemCount) break; // indexes ascend
            uint256 ticket = Draws.ticketOf(rules.seed, validator, itemIndex);
            if (ticket >> 1 >= rules.ai.threshold) continue;
            if (verdict < 2) verdict ^= ticket & 1;

            (uint256 word, uint256 place) = Tallies.load(book, stored, itemIndex);
            uint256 votes = Tallies.aiVotes(word >> place);
            if (votes >= Tallies.MOST_AIS) continue;
            if (votes < rules.ai.quota) ++paidVotes;
            Tallies.store(
                book,
                itemIndex,
                word + (1 << (place + Tallies.HUMAN_BITS + Tallies.AI_COUNT_BITS * verdict))
            );
            BallotCodec.writeEntry(effective, length, itemIndex, verdict);
            length += BallotCodec.ENTRY_BYTES;
        }
        // Memory behind the shortened bytes stays unused.
        assembly ("memory-safe") {
            mstore(effective, length)
        }
    }
}
