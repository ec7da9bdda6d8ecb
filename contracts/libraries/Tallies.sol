// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice A task's tallies as one call sees them: words in memory, filled from storage when first touched and
/// written back once at the end of the call. The top bit marks a word that was filled.
/// @param ai empty where AIs do not vote
struct TallyBook {
    uint256[] human;
    uint256[] ai;
}

/// @notice A task's tallies in storage: words enough for 4,096 items.
struct StoredTallies {
    uint256[196] human;
    uint256[147] ai;
}

/// @title Counts of votes on every item, packed
/// @notice People's and AIs' counts stand in words of their own. An item takes 4 bits for each human verdict (at most 15
/// people an item), 21 items a word, and 3 bits for each AI verdict (at most 7), 28 items a word. Both fill 252 bits.
library Tallies {
    uint256 internal constant MOST_HUMANS = 15;
    uint256 internal constant MOST_AIS = 7;

    uint256 internal constant HUMAN_BITS = 12;
    uint256 internal constant HUMANS_PER_WORD = 21;
    uint256 internal constant AI_BITS = 9;
    uint256 internal constant AI_COUNT_BITS = 3;
    uint256 internal constant AIS_PER_WORD = 28;
    uint256 internal constant FILLED = 1 << 255;

    function open(uint256 itemCount, bool withAis) internal pure returns (TallyBook memory book) {
        book.human = new uint256[]((itemCount + HUMANS_PER_WORD - 1) / HUMANS_PER_WORD);
        if (withAis) book.ai = new uint256[]((itemCount + AIS_PER_WORD - 1) / AIS_PER_WORD);
    }

    /// @notice An item's votes by people, as 4 bits each for A, B and tie.
    function loadHuman(
        TallyBook memory book,
        StoredTallies storage stored,
        uint256 itemIndex
    ) internal view returns (uint256) {
        uint256 at = itemIndex / HUMANS_PER_WORD;
        uint256 word = book.human[at];
        if (word == 0) {
            word = stored.human[at] | FILLED;
            book.human[at] = word;
        }
        return (word >> ((itemIndex % HUMANS_PER_WORD) * HUMAN_BITS)) & 0xfff;
    }

    /// @notice An item's votes by AIs, as 3 bits each for A, B and tie.
    function loadAi(
        TallyBook memory book,
        StoredTallies storage stored,
        uint256 itemIndex
    ) internal view returns (uint256) {
        uint256 at = itemIndex / AIS_PER_WORD;
        uint256 word = book.ai[at];
        if (word == 0) {
            word = stored.ai[at] | FILLED;
            book.ai[at] = word;
        }
        return (word >> ((itemIndex % AIS_PER_WORD) * AI_BITS)) & 0x1ff;
    }

    /// @notice Counts one vote of an AI. The item's votes must have been loaded.
    function addAi(TallyBook memory book, uint256 itemIndex, uint256 verdict) internal pure {
        book.ai[itemIndex / AIS_PER_WORD] += 1 << ((itemIndex % AIS_PER_WORD) * AI_BITS + AI_COUNT_BITS * verdict);
    }

    function humanVotes(uint256 counts) internal pure returns (uint256) {
        return (counts & 0xf) + ((counts >> 4) & 0xf) + ((counts >> 8) & 0xf);
    }

    function aiVotes(uint256 counts) internal pure returns (uint256) {
        return (counts & 0x7) + ((counts >> 3) & 0x7) + ((counts >> 6) & 0x7);
    }

    /// @notice Writes back every word that was filled.
    function flush(TallyBook memory book, StoredTallies storage stored) internal {
        for (uint256 i = 0; i < book.human.length; ++i) {
            if (book.human[i] != 0) stored.human[i] = book.human[i] & ~FILLED;
        }
        for (uint256 i = 0; i < book.ai.length; ++i) {
            if (book.ai[i] != 0) stored.ai[i] = book.ai[i] & ~FILLED;
        }
    }

    /// @notice People's counts on one item straight from storage.
    function humanCountsOf(StoredTallies storage stored, uint256 itemIndex) internal view returns (uint256) {
        return (stored.human[itemIndex / HUMANS_PER_WORD] >> ((itemIndex % HUMANS_PER_WORD) * HUMAN_BITS)) & 0xfff;
    }

    /// @notice Counts of one item straight from storage: A, B, tie of people, then of AIs.
    function read(
        StoredTallies storage stored,
        uint256 itemIndex
    ) internal view returns (uint8[3] memory human, uint8[3] memory ai) {
        uint256 people = humanCountsOf(stored, itemIndex);
        uint256 ais = stored.ai[itemIndex / AIS_PER_WORD] >> ((itemIndex % AIS_PER_WORD) * AI_BITS);
        for (uint256 k = 0; k < 3; ++k) {
            human[k] = uint8((people >> (4 * k)) & 0xf); // 4 bits
            ai[k] = uint8((ais >> (AI_COUNT_BITS * k)) & 0x7); // 3 bits
        }
    }
}
