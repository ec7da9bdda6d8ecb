// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {StoredTallies, TallyBook} from "./Tallies.sol";

/// @title Counts the votes of opened ballots
library Counting {
    /// @param threshold of the role's tickets
    /// @param quota votes the task pays for on an item, of this role
    struct Voter {
        bytes32 seed;
        address validator;
        bool isAi;
        uint256 itemCount;
        uint256 threshold;
        uint256 quota;
    }

    /// @notice Adds a well-formed ballot's valid votes to the tallies.
    /// @dev An entry out of range, without a ticket, or beyond 15 people or 7 AIs on its item is void by itself.
    /// @return effective canonical entries, void ones dropped, order kept
    /// @return paidVotes how many of the votes the task pays for: those within its quota on the item
    function count(
        TallyBook memory book,
        StoredTallies storage stored,
        Voter memory voter,
        bytes calldata entries
    ) internal view returns (bytes memory effective, uint256 paidVotes) {
        // Assembly: this loop runs once a judgment. Memory: `ticket` is a 96-byte buffer for the hash; `effective` is
        // allocated for as many bytes as there are entries, plus the word that the last 4-byte write may spill into.
        // Struct fields are read at their offsets: Voter {seed 0x00, validator 0x20, isAi 0x40, itemCount 0x60,
        // threshold 0x80, quota 0xa0}, TallyBook {words 0x00, itemBits 0x20, itemsPerWord 0x40}.
        assembly ("memory-safe") {
            let ticket := mload(0x40)
            mstore(ticket, mload(voter))
            mstore(add(ticket, 0x20), mload(add(voter, 0x20)))
            effective := add(ticket, 0x60)
            let out := add(effective, 0x20)
            mstore(0x40, add(add(out, entries.length), 0x40))

            let words := add(mload(book), 0x20)
            let itemBits := mload(add(book, 0x20))
            let itemsPerWord := mload(add(book, 0x40))
            let isAi := mload(add(voter, 0x40))
            let itemCount := mload(add(voter, 0x60))
            let threshold := mload(add(voter, 0x80))
            let quota := mload(add(voter, 0xa0))

            // Where this role's three counts stand in an item's bits, how wide each is, and how many votes they hold.
            let base := mul(isAi, 12)
            let width := sub(4, isAi)
            let mask := sub(shl(width, 1), 1)

            let offset := entries.offset
            for {
                let end := add(offset, entries.length)
            } lt(offset, end) {
                offset := add(offset, 4)
            } {
                let entry := shr(224, calldataload(offset))
                let itemIndex := shr(8, entry)
                if iszero(lt(itemIndex, itemCount)) {
                    continue
                }
                mstore(add(ticket, 0x40), itemIndex)
                let hash := keccak256(ticket, 0x60)
                if iszero(lt(shr(1, hash), threshold)) {
                    continue
                }
                // Left and right change places where the flip, the hash's lowest bit, is set; a tie (2) stays.
                let verdict := and(entry, 0xff)
                verdict := xor(verdict, and(hash, iszero(shr(1, verdict))))

                let wordIndex := div(itemIndex, itemsPerWord)
                let place := add(mul(sub(itemIndex, mul(wordIndex, itemsPerWord)), itemBits), base)
                let at := add(words, shl(5, wordIndex))
                let word := mload(at)
                if iszero(word) {
                    word := or(sload(add(stored.slot, wordIndex)), shl(255, 1))
                }
                let counts := shr(place, word)
                let votes := add(
                    add(and(counts, mask), and(shr(width, counts), mask)),
                    and(shr(shl(1, width), counts), mask)
                )
                // The most that the counts can hold, 15 or 7, is also the most votes of the role on an item.
                if iszero(lt(votes, mask)) {
                    mstore(at, word)
                    continue
                }
                paidVotes := add(paidVotes, lt(votes, quota))
                mstore(at, add(word, shl(add(place, mul(width, verdict)), 1)))
                mstore(out, shl(224, or(shl(8, itemIndex), verdict)))
                out := add(out, 4)
            }
            mstore(effective, sub(out, add(effective, 0x20)))
        }
    }
}
