// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice A task's tallies as one call sees them: words in memory, filled from storage when first touched and
/// written back once at the end of the call.
/// @param words one a slot of storage; the top bit marks a word that was filled
struct TallyBook {
    uint256[] words;
    uint256 itemCount;
    uint256 itemBits;
    uint256 itemsPerWord;
}

/// @notice A task's tallies in storage: enough words for 4,096 items of 21 bits.
struct StoredTallies {
    uint256[342] words;
}

/// @title Counts of votes on every item, packed
/// @notice An item takes 4 bits for each human verdict (at most 15 people an item), then, where AIs vote at all, 3
/// bits for each AI verdict (at most 7): 12 bits, 21 items a word, or 21 bits, 12 items a word. Both fill 252 bits.
library Tallies {
    uint256 internal constant MOST_HUMANS = 15;
    uint256 internal constant MOST_AIS = 7;

    uint256 internal constant HUMAN_BITS = 12;
    uint256 internal constant AI_COUNT_BITS = 3;
    uint256 internal constant FILLED = 1 << 255;

    function open(uint256 itemCount, bool withAis) internal pure returns (TallyBook memory book) {
        book.itemCount = itemCount;
        (book.itemBits, book.itemsPerWord) = shape(withAis);
        book.words = new uint256[]((itemCount + book.itemsPerWord - 1) / book.itemsPerWord);
    }

    function shape(bool withAis) internal pure returns (uint256 itemBits, uint256 itemsPerWord) {
        return withAis ? (21, 12) : (HUMAN_BITS, 21);
    }

    /// @notice The word of an item, and where in it the item's bits begin.
    function load(
        TallyBook memory book,
        StoredTallies storage stored,
        uint256 itemIndex
    ) internal view returns (uint256 word, uint256 place) {
        uint256 wordIndex = itemIndex / book.itemsPerWord;
        word = book.words[wordIndex];
        if (word == 0) {
            word = stored.words[wordIndex] | FILLED;
            book.words[wordIndex] = word;
        }
        place = (itemIndex % book.itemsPerWord) * book.itemBits;
    }

    function store(TallyBook memory book, uint256 itemIndex, uint256 word) internal pure {
        book.words[itemIndex / book.itemsPerWord] = word;
    }

    /// @param counts a word moved down so that the item's bits begin at 0
    function humanVotes(uint256 counts) internal pure returns (uint256) {
        return (counts & 0xf) + ((counts >> 4) & 0xf) + ((counts >> 8) & 0xf);
    }

    function aiVotes(uint256 counts) internal pure returns (uint256) {
        return ((counts >> 12) & 0x7) + ((counts >> 15) & 0x7) + ((counts >> 18) & 0x7);
    }

    /// @notice Writes back every word that was filled.
    function flush(TallyBook memory book, StoredTallies storage stored) internal {
        uint256 count = book.words.length;
        for (uint256 i = 0; i < count; ++i) {
            uint256 word = book.words[i];
            if (word != 0) stored.words[i] = word & ~FILLED;
        }
    }

    /// @notice An item's bits straight from storage, moved down to 0; what is above them belongs to other items.
    function countsOf(
        StoredTallies storage stored,
        uint256 itemIndex,
        bool withAis
    ) internal view returns (uint256 counts) {
        (uint256 itemBits, uint256 itemsPerWord) = shape(withAis);
        return stored.words[itemIndex / itemsPerWord] >> ((itemIndex % itemsPerWord) * itemBits);
    }

    /// @notice Counts of one item straight from storage: A, B, tie of people, then of AIs.
    function read(
        StoredTallies storage stored,
        uint256 itemIndex,
        bool withAis
    ) internal view returns (uint8[3] memory human, uint8[3] memory ai) {
        uint256 counts = countsOf(stored, itemIndex, withAis);
        for (uint256 k = 0; k < 3; ++k) {
            human[k] = uint8((counts >> (4 * k)) & 0xf); // 4 bits
            if (withAis) ai[k] = uint8((counts >> (HUMAN_BITS + 3 * k)) & 0x7); // 3 bits
        }
    }
}
