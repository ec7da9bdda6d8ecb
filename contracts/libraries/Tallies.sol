// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice A task's tallies as one call sees them, all in memory, a cell an item.
/// @param words people's cells, then AIs' where they vote
/// @param before the words as they were when the call began, for a call that counts
/// @param aiStart which word AIs' cells begin with
struct TallyBook {
    uint256[] words;
    uint256[] before;
    uint256 aiStart;
}

/// @notice A task's tallies at rest: what the ledger holds and what `words` hold, added up.
/// @param ledger a contract whose code is a zero byte and then the words, packed; none at first
/// @param loose whether `words` hold anything
struct StoredTallies {
    address ledger;
    bool loose;
    uint256[512] words;
}

/// @title Counts of votes on every item
/// @notice A cell has 16 bits, four digits of 4: from the lowest the votes for A, for B, for tie, and their sum. A word
/// holds 16 cells, the first item's on top.
///
/// A byte of code costs 200 gas and is cheap to read, a new slot of 32 bytes 22,100. So a call that counts many votes
/// writes a new ledger, and one that counts few adds to slots; whichever is cheaper. In the ledger a word takes 24 bytes,
/// for the sums need not be kept. Nothing ever overflows: no item has more than 15 votes, wherever they lie.
library Tallies {
    uint256 internal constant MOST_HUMANS = 15;
    uint256 internal constant MOST_AIS = 7;
    uint256 internal constant CELLS = 16;

    /// @dev One in each cell.
    uint256 private constant ONES = 0x0001000100010001000100010001000100010001000100010001000100010001;
    uint256 private constant DIGITS = 0xf * ONES;

    // What is left of a word, by the width of what has been moved together: 12 of 16 bits, 24 of 32, 48 of 64, 96 of 128.
    uint256 private constant LOW_12 = 0x00000fff00000fff00000fff00000fff00000fff00000fff00000fff00000fff;
    uint256 private constant LOW_24 = 0x0000000000ffffff0000000000ffffff0000000000ffffff0000000000ffffff;
    uint256 private constant LOW_48 = 0x00000000000000000000ffffffffffff00000000000000000000ffffffffffff;
    uint256 private constant LOW_96 = 0x0000000000000000000000000000000000000000ffffffffffffffffffffffff;

    uint256 private constant PACKED_BYTES = 24;
    uint256 private constant NEW_SLOT_GAS = 22_100;
    uint256 private constant USED_SLOT_GAS = 5_000;
    uint256 private constant LEDGER_GAS = 60_000;
    uint256 private constant LEDGER_WORD_GAS = 5_000;

    error LedgerNotWritten();

    /// @notice Reads everything. Where there are loose words this takes a slot a word.
    function open(
        StoredTallies storage stored,
        uint256 itemCount,
        bool withAis
    ) internal view returns (TallyBook memory book) {
        book.aiStart = (itemCount + CELLS - 1) / CELLS;
        uint256[] memory words = new uint256[](withAis ? 2 * book.aiStart : book.aiStart);
        (address ledger, bool loose) = (stored.ledger, stored.loose);
        if (ledger != address(0)) _readLedger(ledger, words);
        if (loose) {
            for (uint256 i = 0; i < words.length; ++i) words[i] += stored.words[i];
        }
        book.words = words;
    }

    /// @notice The same, for a call that will count: remembers what was there.
    function openToCount(
        StoredTallies storage stored,
        uint256 itemCount,
        bool withAis
    ) internal view returns (TallyBook memory book) {
        book = open(stored, itemCount, withAis);
        uint256[] memory words = book.words;
        uint256[] memory before = new uint256[](words.length);
        assembly ("memory-safe") {
            mcopy(add(before, 0x20), add(words, 0x20), shl(5, mload(words)))
        }
        book.before = before;
    }

    /// @notice Writes back what was counted.
    function flush(TallyBook memory book, StoredTallies storage stored) internal {
        (uint256[] memory words, uint256[] memory before) = (book.words, book.before);
        bool loose = stored.loose;
        uint256 slotsGas = 0;
        for (uint256 i = 0; i < words.length; ++i) {
            if (words[i] == before[i]) continue;
            slotsGas += loose && stored.words[i] != 0 ? USED_SLOT_GAS : NEW_SLOT_GAS;
        }
        if (slotsGas == 0) return;

        if (slotsGas <= LEDGER_GAS + LEDGER_WORD_GAS * words.length) {
            for (uint256 i = 0; i < words.length; ++i) {
                if (words[i] != before[i]) stored.words[i] += words[i] - before[i];
            }
            if (!loose) stored.loose = true;
            return;
        }
        if (loose) {
            for (uint256 i = 0; i < words.length; ++i) words[i] -= stored.words[i];
        }
        stored.ledger = _writeLedger(words);
    }

    /// @notice People's votes on an item: its cell.
    function ofPeople(TallyBook memory book, uint256 itemIndex) internal pure returns (uint256 cell) {
        return _cellIn(book.words[itemIndex / CELLS], itemIndex);
    }

    /// @notice AIs' votes on an item. Only for a book with AIs.
    function ofAis(TallyBook memory book, uint256 itemIndex) internal pure returns (uint256 cell) {
        return _cellIn(book.words[book.aiStart + itemIndex / CELLS], itemIndex);
    }

    /// @notice A cell's votes for a verdict: 0 A, 1 B, 2 tie; 3 for all of them.
    function votesFor(uint256 cell, uint256 verdict) internal pure returns (uint256) {
        return (cell >> (4 * verdict)) & 0xf;
    }

    function votesOn(uint256 cell) internal pure returns (uint256) {
        return votesFor(cell, 3);
    }

    /// @notice How many of the votes that this call counted lie within the quota of their item (0 to 15).
    function newPaidVotes(
        TallyBook memory book,
        uint256 quotaHuman,
        uint256 quotaAi
    ) internal pure returns (uint256 paidHuman, uint256 paidAi) {
        (uint256[] memory words, uint256[] memory before) = (book.words, book.before);
        for (uint256 i = 0; i < words.length; ++i) {
            if (words[i] == before[i]) continue;
            if (i < book.aiStart) paidHuman += paidIn(words[i], quotaHuman) - paidIn(before[i], quotaHuman);
            else paidAi += paidIn(words[i], quotaAi) - paidIn(before[i], quotaAi);
        }
    }

    /// @notice Votes on the items of one word, each item's up to the quota, in all cells at once.
    /// @dev Adding 16 − quota to a sum sets bit 4 where it reaches the quota, and what is then below that bit is the
    /// excess. Cells add up modulo 2^16 − 1, for together they are at most 16·15 = 240.
    function paidIn(uint256 word, uint256 quota) internal pure returns (uint256) {
        unchecked {
            uint256 votes = (word >> 12) & DIGITS;
            uint256 over = votes + (16 - quota) * ONES;
            uint256 excess = over & (((over >> 4) & ONES) * 0xf);
            return (votes % 0xffff) - (excess % 0xffff);
        }
    }

    /// @notice A word without its sums, in 192 bits.
    function pack(uint256 word) internal pure returns (uint256 packed) {
        packed = (word & LOW_12) | ((word >> 4) & (LOW_12 << 12));
        packed = (packed & LOW_24) | ((packed >> 8) & (LOW_24 << 24));
        packed = (packed & LOW_48) | ((packed >> 16) & (LOW_48 << 48));
        packed = (packed & LOW_96) | ((packed >> 32) & (LOW_96 << 96));
    }

    /// @notice The word again.
    function unpack(uint256 packed) internal pure returns (uint256 word) {
        word = (packed & LOW_96) | ((packed & (LOW_96 << 96)) << 32);
        word = (word & LOW_48) | ((word & (LOW_48 << 48)) << 16);
        word = (word & LOW_24) | ((word & (LOW_24 << 24)) << 8);
        word = (word & LOW_12) | ((word & (LOW_12 << 12)) << 4);
        // A cell's digits add up to at most 15.
        unchecked {
            word |= ((word & DIGITS) + ((word >> 4) & DIGITS) + ((word >> 8) & DIGITS)) << 12;
        }
    }

    function _cellIn(uint256 word, uint256 itemIndex) private pure returns (uint256) {
        unchecked {
            return (word >> (16 * (CELLS - 1 - (itemIndex % CELLS)))) & 0xffff;
        }
    }

    function _readLedger(address ledger, uint256[] memory words) private view {
        bytes memory data = new bytes(words.length * PACKED_BYTES);
        assembly ("memory-safe") {
            extcodecopy(ledger, add(data, 0x20), 1, mload(data))
        }
        for (uint256 i = 0; i < words.length; ++i) {
            uint256 packed;
            assembly ("memory-safe") {
                packed := shr(64, mload(add(add(data, 0x20), mul(i, 24))))
            }
            words[i] = unpack(packed);
        }
    }

    /// @dev Code that begins with STOP, so that nobody can run it.
    function _writeLedger(uint256[] memory words) private returns (address ledger) {
        // PUSH4 size, DUP1, PUSH1 12, PUSH0, CODECOPY, PUSH0, RETURN: 12 bytes, then the code itself. The last word's
        // 8 bytes too many are cut off by the size.
        uint256 size = 1 + words.length * PACKED_BYTES;
        bytes memory init = new bytes(12 + size + 8);
        bytes12 prelude = bytes12(bytes.concat(hex"63", bytes4(uint32(size)), hex"80600c5f395ff3"));
        assembly ("memory-safe") {
            mstore(add(init, 0x20), prelude)
        }
        for (uint256 i = 0; i < words.length; ++i) {
            uint256 packed = pack(words[i]) << 64;
            assembly ("memory-safe") {
                mstore(add(add(init, 0x2d), mul(i, 24)), packed)
            }
        }
        assembly ("memory-safe") {
            ledger := create(0, add(init, 0x20), add(12, size))
        }
        if (ledger == address(0)) revert LedgerNotWritten();
    }
}
