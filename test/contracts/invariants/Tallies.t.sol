// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {StoredTallies, Tallies, TallyBook} from "../../../contracts/libraries/Tallies.sol";
import {Dice} from "./world/Dice.sol";

/// @title Packed tallies, at rest in slots and in a ledger, against plain counts
contract TalliesTest {
    uint256 private constant MOST_ITEMS = 4096;

    StoredTallies private _stored;
    /// @dev Votes for A, B, tie by people, then by AIs.
    mapping(uint256 itemIndex => uint8[6]) private _plain;

    /// @dev One call that counts: `count` votes on items from `first` on.
    function _countVotes(Dice memory dice, uint256 itemCount, bool withAis, uint256 count) private {
        TallyBook memory book = Tallies.openToCount(_stored, itemCount, withAis);
        for (uint256 i = 0; i < count; ++i) {
            uint256 item = dice.roll(itemCount);
            uint256 verdict = dice.roll(3);
            uint8[6] storage plain = _plain[item];
            if (withAis && dice.oneIn(4)) {
                if (plain[3] + plain[4] + plain[5] == Tallies.MOST_AIS) continue;
                _add(book, book.aiStart, item, verdict);
                ++plain[3 + verdict];
            } else {
                if (plain[0] + plain[1] + plain[2] == Tallies.MOST_HUMANS) continue;
                _add(book, 0, item, verdict);
                ++plain[verdict];
            }
        }
        Tallies.flush(book, _stored);
    }

    /// @dev One vote: a digit of its verdict and one of the sum.
    function _add(TallyBook memory book, uint256 start, uint256 item, uint256 verdict) private pure {
        book.words[start + item / 16] += ((1 << (4 * verdict)) + (1 << 12)) << (16 * (15 - (item % 16)));
    }

    function _checkAll(uint256 itemCount, bool withAis) private view {
        TallyBook memory book = Tallies.open(_stored, itemCount, withAis);
        for (uint256 item = 0; item < itemCount; ++item) {
            uint8[6] storage plain = _plain[item];
            uint256 people = Tallies.ofPeople(book, item);
            uint256 ais = withAis ? Tallies.ofAis(book, item) : 0;
            for (uint256 verdict = 0; verdict < 3; ++verdict) {
                require(Tallies.votesFor(people, verdict) == plain[verdict], "people's votes are where they were put");
                require(Tallies.votesFor(ais, verdict) == plain[3 + verdict], "AIs' votes are where they were put");
            }
            require(Tallies.votesOn(people) == plain[0] + plain[1] + plain[2], "people's votes add up");
            require(Tallies.votesOn(ais) == plain[3] + plain[4] + plain[5], "AIs' votes add up");
        }
    }

    function testFuzz_ledgerAndSlotsTogetherHoldEveryVote(uint256 seed) external {
        Dice memory dice = Dice(seed);
        uint256 itemCount = 1 + dice.roll(600);
        bool withAis = dice.oneIn(2);
        for (uint256 call_ = 0; call_ < 6; ++call_) {
            // Few votes go to slots, many into a ledger.
            _countVotes(dice, itemCount, withAis, dice.oneIn(2) ? dice.roll(4) : 100 + dice.roll(300));
        }
        _checkAll(itemCount, withAis);
    }

    function test_bothWaysAreTaken_inEitherOrder() external {
        Dice memory dice = Dice(1);
        _countVotes(dice, 600, true, 2);
        require(_stored.ledger == address(0) && _stored.loose, "few votes go to slots");
        _countVotes(dice, 600, true, 900);
        address first = _stored.ledger;
        require(first != address(0) && _stored.loose, "many go into a ledger, beside the slots");
        _countVotes(dice, 600, true, 3);
        require(_stored.ledger == first, "few votes leave the ledger as it is");
        _countVotes(dice, 600, true, 900);
        require(_stored.ledger != first, "many make a new one");
        _checkAll(600, true);
        require(first.code[0] == 0, "nobody can run a ledger");
    }

    function test_everyItemOfTheLargestTaskIsFull() external {
        TallyBook memory book = Tallies.openToCount(_stored, MOST_ITEMS, true);
        for (uint256 item = 0; item < MOST_ITEMS; ++item) {
            for (uint256 i = 0; i < 15; ++i) _add(book, 0, item, (item * i + i / 4) % 3);
            for (uint256 i = 0; i < 7; ++i) _add(book, book.aiStart, item, (item + i) % 3);
        }
        Tallies.flush(book, _stored);
        require(_stored.ledger != address(0), "many votes go into a ledger");
        TallyBook memory kept = Tallies.open(_stored, MOST_ITEMS, true);
        for (uint256 i = 0; i < book.words.length; ++i) require(kept.words[i] == book.words[i], "every vote is kept");
        require(Tallies.votesOn(Tallies.ofPeople(kept, MOST_ITEMS - 1)) == 15, "15 people fit on the last item");
        require(Tallies.votesOn(Tallies.ofAis(kept, MOST_ITEMS - 1)) == 7, "7 AIs fit on the last item");
    }

    function testFuzz_aWordSurvivesWithoutItsSums(uint256 seed) external pure {
        Dice memory dice = Dice(seed);
        uint256 word = 0;
        for (uint256 cell = 0; cell < 16; ++cell) word |= _cell(dice, dice.roll(16)) << (16 * cell);
        uint256 packed = Tallies.pack(word);
        require(packed < 2 ** 192, "a packed word takes 24 bytes");
        require(Tallies.unpack(packed) == word, "what is packed comes back");
    }

    /// @dev What the cells of a word add up to at once, against one item after the other.
    function testFuzz_paidVotesAreCountedItemByItem(uint256 seed, uint8 human, uint8 ai) external pure {
        Dice memory dice = Dice(seed);
        (uint256 quotaHuman, uint256 quotaAi) = (human % 16, ai % 16);
        uint256 words = 1 + dice.roll(3);
        TallyBook memory book = TallyBook(new uint256[](2 * words), new uint256[](2 * words), words);
        uint256 expectedHuman = 0;
        uint256 expectedAi = 0;
        for (uint256 item = 0; item < words * 32; ++item) {
            uint256 votesBefore = dice.oneIn(3) ? 15 : dice.roll(16);
            uint256 votesFresh = dice.oneIn(3) ? 15 - votesBefore : dice.roll(16 - votesBefore);
            uint256 before = _cell(dice, votesBefore);
            book.before[item / 16] |= before << (16 * (item % 16));
            book.words[item / 16] |= (before + _cell(dice, votesFresh)) << (16 * (item % 16));
            uint256 quota = item / 16 < words ? quotaHuman : quotaAi;
            uint256 paid = _least(votesBefore + votesFresh, quota) - _least(votesBefore, quota);
            if (item / 16 < words) expectedHuman += paid;
            else expectedAi += paid;
        }
        (uint256 paidHuman, uint256 paidAi) = Tallies.newPaidVotes(book, quotaHuman, quotaAi);
        require(paidHuman == expectedHuman && paidAi == expectedAi, "[G11] votes within the quota of their item");
    }

    /// @dev So many votes on an item: three digits and their sum.
    function _cell(Dice memory dice, uint256 votes) private pure returns (uint256) {
        uint256 a = dice.roll(votes + 1);
        uint256 b = dice.roll(votes - a + 1);
        return a | (b << 4) | ((votes - a - b) << 8) | (votes << 12);
    }

    function _least(uint256 a, uint256 b) private pure returns (uint256) {
        return a < b ? a : b;
    }
}
