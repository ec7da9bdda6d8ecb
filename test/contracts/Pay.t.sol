// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Pay} from "../../contracts/libraries/Pay.sol";

/// @title Pay and its bounds, over every term and score
contract PayTest {
    struct Case {
        uint96 price;
        uint256 judgments;
        uint256 maxPenalty;
        uint256 fullPayScore;
        uint256 breakEven;
        uint256 need;
        uint256 scored;
        int256 scorePpm;
    }

    /// @dev Cuts random words down to the bounds of terms.
    function bounded(
        uint96 price,
        uint16 judgments,
        uint32 maxPenalty,
        uint32 fullPayScore,
        uint32 breakEven,
        uint16 need,
        uint16 scored,
        int32 scorePpm
    ) private pure returns (Case memory c) {
        c.price = price;
        c.judgments = 1 + (judgments % 4096);
        c.maxPenalty = maxPenalty % 1_000_001;
        c.fullPayScore = 10_000 + (fullPayScore % 990_001);
        c.breakEven = breakEven % (c.fullPayScore / 2 + 1);
        c.need = 1 + (need % 4096);
        c.scored = scored % (c.judgments + 1);
        c.scorePpm = scorePpm % 2_000_001;
    }

    function multiple(Case memory c) private pure returns (int256) {
        return Pay.multipleOf(c.scorePpm, c.scored, c.need, c.fullPayScore, c.breakEven, c.maxPenalty);
    }

    function testFuzz_paysNoMoreThanReservedAndTakesNoMoreThanLocked(
        uint96 price,
        uint16 judgments,
        uint32 maxPenalty,
        uint32 fullPayScore,
        uint32 breakEven,
        uint16 need,
        uint16 scored,
        int32 scorePpm
    ) external pure {
        Case memory c = bounded(price, judgments, maxPenalty, fullPayScore, breakEven, need, scored, scorePpm);
        int256 multiplePpm = multiple(c);
        require(multiplePpm <= 1e6 && multiplePpm >= -int256(c.maxPenalty), "[G2] the multiple keeps its bounds");
        if (c.scored == 0) require(multiplePpm == 0, "nothing scored, nothing earned");

        uint256 weight = c.judgments * Pay.L;
        (uint256 payUnits, uint256 lossUnits) = Pay.payOf(c.price, weight, multiplePpm);
        require(payUnits == 0 || lossUnits == 0, "pay or loss, not both");
        require(payUnits <= c.judgments * c.price, "[G11] no pay above what was reserved");
        require(lossUnits <= Pay.lockOf(c.judgments, c.price, c.maxPenalty), "[G2] no loss above the lock");
        require(multiplePpm >= 0 || c.price == 0 || lossUnits > 0, "a loss is rounded up");
    }

    function testFuzz_earnsMoreForABetterScore(
        uint96 price,
        uint16 judgments,
        int32 worse,
        uint32 by,
        uint16 need
    ) external pure {
        Case memory c = bounded(price, judgments, 500_000, 240_000, 50_000, need, judgments, worse);
        int256 low = multiple(c);
        c.scorePpm += int256(uint256(by % 1_000_000));
        require(multiple(c) >= low, "a better score never earns less");
    }

    function testFuzz_earnsNoLessForMoreJudgments(uint16 scored, uint16 need, int32 scorePpm) external pure {
        Case memory c = bounded(1, 4095, 500_000, 240_000, 50_000, need, scored, scorePpm);
        int256 fewer = multiple(c);
        c.scored += 1;
        if (c.scored == 1) return;
        int256 more = multiple(c);
        require(fewer < 0 ? more <= fewer : more >= fewer, "more scored judgments weigh no less");
    }

    function testFuzz_sharesAnItemWithoutRemainder(uint8 votes, uint8 quota) external pure {
        uint256 r = 1 + (votes % 15);
        uint256 q = 1 + (quota % 15);
        uint256 paid = r < q ? r : q;
        require(r * Pay.weightOf(r, q) == paid * Pay.L, "what an item's voters share is exactly what it is worth");
    }

    function testFuzz_payOfEveryVoterTogetherStaysWithinTheItem(uint96 price, uint8 votes, uint8 quota) external pure {
        uint256 r = 1 + (votes % 15);
        uint256 q = 1 + (quota % 15);
        (uint256 each, ) = Pay.payOf(price, Pay.weightOf(r, q), 1e6);
        require(r * each <= (r < q ? r : q) * price, "[G11] an item pays no more than it reserves");
    }

    function testFuzz_escrowIsTheSumOfItsParts(
        uint16 itemCount,
        uint8 humanVotes,
        uint96 humanPrice,
        uint8 aiVotes,
        uint96 aiPrice,
        uint96 fee
    ) external pure {
        uint256 items = itemCount % 4097;
        uint256 people = humanVotes % 16;
        uint256 ais = aiVotes % 4;
        uint256 escrow = Pay.escrow(items, people, humanPrice, ais, aiPrice, fee);
        uint256 sum = items * people * humanPrice + items * ais * aiPrice + items * (people + ais) * fee;
        require(escrow == sum, "every vote of every item at its price, and the fee on each");
        require(escrow < 2 ** 115, "fits the counters");
    }

    function test_anExample() external pure {
        // Break-even 50,000, full pay 250,000: a score of 150,000 earns half.
        require(Pay.multipleOf(150_000, 40, 40, 250_000, 50_000, 500_000) == 500_000, "half");
        require(Pay.multipleOf(150_000, 20, 40, 250_000, 50_000, 500_000) == 250_000, "half of half the need");
        require(Pay.multipleOf(-1_000_000, 40, 40, 250_000, 50_000, 500_000) == -500_000, "at most maxPenalty");
        (uint256 payUnits, ) = Pay.payOf(10, 3 * Pay.L, 500_000);
        require(payUnits == 15, "three judgments at ten, half paid");
        (, uint256 lossUnits) = Pay.payOf(1, Pay.L, -1);
        require(lossUnits == 1, "a loss is rounded up");
    }
}
