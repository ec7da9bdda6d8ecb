// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice A task's tallies as one call sees them, all in memory.
/// @param words people's counts, then AIs' where they vote
/// @param before the words as they were when the call began
/// @param aiStart where AIs' words begin
struct TallyBook {
    uint256[] words;
    uint256[] before;
    uint256 aiStart;
}

/// @notice A task's tallies at rest: what the ledger holds and what `words` hold, added up.
/// @param ledger a contract whose code is a zero byte and then the words; none at first
/// @param loose whether `words` hold anything
struct StoredTallies {
    address ledger;
    bool loose;
    uint256[343] words;
}

/// @title Counts of votes on every item, packed
/// @notice People's and AIs' counts stand in words of their own. An item takes 4 bits for each human verdict (at most 15
/// people an item), 21 items a word, and 3 bits for each AI verdict (at most 7), 28 items a word.
///
/// A byte of code costs 200 gas and is cheap to read, a new slot of 32 bytes 22,100. So a call that counts many votes
/// writes a new ledger, and one that counts few adds to slots; whichever is cheaper. Sums never overflow: no item has more
/// votes than its bits can count, wherever they lie.
library Tallies {
    uint256 internal constant MOST_HUMANS = 15;
    uint256 internal constant MOST_AIS = 7;

    uint256 internal constant HUMAN_BITS = 12;
    uint256 internal constant HUMANS_PER_WORD = 21;
    uint256 internal constant AI_BITS = 9;
    uint256 internal constant AI_COUNT_BITS = 3;
    uint256 internal constant AIS_PER_WORD = 28;

    /// @dev One in each of 21 lanes of 12 bits.
    uint256 private constant ONES = 0x0001001001001001001001001001001001001001001001001001001001001001;
    uint256 private constant DIGITS = 0xf * ONES;

    uint256 private constant NEW_SLOT_GAS = 22_100;
    uint256 private constant USED_SLOT_GAS = 5_000;
    uint256 private constant LEDGER_GAS = 60_000;
    uint256 private constant LEDGER_WORD_GAS = 6_410;

    error LedgerNotWritten();

    /// @notice Reads everything. Where there are loose words this takes a slot a word.
    function open(
        StoredTallies storage stored,
        uint256 itemCount,
        bool withAis
    ) internal view returns (TallyBook memory book) {
        book.aiStart = (itemCount + HUMANS_PER_WORD - 1) / HUMANS_PER_WORD;
        uint256 count = book.aiStart + (withAis ? (itemCount + AIS_PER_WORD - 1) / AIS_PER_WORD : 0);
        uint256[] memory words = new uint256[](count);
        (address ledger, bool loose) = (stored.ledger, stored.loose);
        if (ledger != address(0)) {
            assembly ("memory-safe") {
                extcodecopy(ledger, add(words, 0x20), 1, shl(5, count))
            }
        }
        if (loose) {
            for (uint256 i = 0; i < count; ++i) words[i] += stored.words[i];
        }
        book.words = words;
    }

    /// @notice The same, for a call that will write: remembers what was there.
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

    /// @notice How many of the votes of people that this call counted lie within the quota of their item.
    function newPaidHumanVotes(TallyBook memory book, uint256 quota) internal pure returns (uint256 paid) {
        uint256[] memory words = book.words;
        uint256[] memory before = book.before;
        for (uint256 i = 0; i < book.aiStart; ++i) {
            if (words[i] != before[i]) paid += _paidIn(words[i], quota) - _paidIn(before[i], quota);
        }
    }

    /// @dev Votes on the 21 items of a word, each item's up to the quota (2 to 15), all in lanes of 12 bits at once: the sum
    /// of an item's three counts is at most 15, so adding 16 − quota sets bit 4 where it reaches the quota, and what is then
    /// below that bit is the excess. Lanes add up modulo 2^12 − 1, for together they are at most 21·15 = 315.
    function _paidIn(uint256 word, uint256 quota) private pure returns (uint256) {
        unchecked {
            uint256 votes = (word & DIGITS) + ((word >> 4) & DIGITS) + ((word >> 8) & DIGITS);
            uint256 over = votes + (16 - quota) * ONES;
            uint256 excess = over & (((over >> 4) & ONES) * 0xf);
            return (votes % 0xfff) - (excess % 0xfff);
        }
    }

    /// @notice Writes back what was counted.
    function flush(TallyBook memory book, StoredTallies storage stored) internal {
        uint256[] memory words = book.words;
        uint256[] memory before = book.before;
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

    /// @dev Code that begins with STOP, so that nobody can run it.
    function _writeLedger(uint256[] memory words) private returns (address ledger) {
        bytes memory data = abi.encodePacked(words);
        // PUSH4 size, DUP1, PUSH1 12, PUSH0, CODECOPY, PUSH0, RETURN: 12 bytes, then the code itself.
        bytes memory init = abi.encodePacked(hex"63", uint32(data.length + 1), hex"80600c5f395ff3", hex"00", data);
        assembly ("memory-safe") {
            ledger := create(0, add(init, 0x20), mload(init))
        }
        if (ledger == address(0)) revert LedgerNotWritten();
    }

    /// @notice An item's votes by people, as 4 bits each for A, B and tie.
    function humanCounts(TallyBook memory book, uint256 itemIndex) internal pure returns (uint256) {
        return (book.words[itemIndex / HUMANS_PER_WORD] >> ((itemIndex % HUMANS_PER_WORD) * HUMAN_BITS)) & 0xfff;
    }

    /// @notice An item's votes by AIs, as 3 bits each for A, B and tie.
    function aiCounts(TallyBook memory book, uint256 itemIndex) internal pure returns (uint256) {
        uint256 word = book.words[book.aiStart + itemIndex / AIS_PER_WORD];
        return (word >> ((itemIndex % AIS_PER_WORD) * AI_BITS)) & 0x1ff;
    }

    /// @notice Counts one vote of an AI.
    function addAi(TallyBook memory book, uint256 itemIndex, uint256 verdict) internal pure {
        book.words[book.aiStart + itemIndex / AIS_PER_WORD] +=
            1 << ((itemIndex % AIS_PER_WORD) * AI_BITS + AI_COUNT_BITS * verdict);
    }

    function humanVotes(uint256 counts) internal pure returns (uint256) {
        return (counts & 0xf) + ((counts >> 4) & 0xf) + ((counts >> 8) & 0xf);
    }

    function aiVotes(uint256 counts) internal pure returns (uint256) {
        return (counts & 0x7) + ((counts >> 3) & 0x7) + ((counts >> 6) & 0x7);
    }
}
