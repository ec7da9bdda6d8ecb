// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

/// @title What a task holds in escrow, what a ballot may lose, what a score earns
/// @notice Integers, truncated toward zero; a loss is rounded up in size. `protocol/pay.ts` is the twin. Prices are
/// below 2^96, votes at most 15, items at most 4,096, shares at most 10^6, so no product here comes near 2^256.
library Pay {
    int256 internal constant PPM = 1e6;
    /// @notice lcm(1..15): divides evenly among any number of peers an item can have.
    uint256 internal constant L = 360360;

    function escrow(
        uint256 itemCount,
        uint256 humanVotes,
        uint256 humanPrice,
        uint256 aiVotes,
        uint256 aiPrice,
        uint256 fee
    ) internal pure returns (uint256) {
        return itemCount * (humanVotes * (humanPrice + fee) + aiVotes * (aiPrice + fee));
    }

    /// @notice The most a ballot of so many judgments can lose: what its record locks.
    function lockOf(uint256 judgments, uint256 price, uint256 maxPenalty) internal pure returns (uint256) {
        return Math.ceilDiv(judgments * price * maxPenalty, uint256(PPM));
    }

    /// @notice The share of the price a score earns, in ppm, from −maxPenalty to 10^6; less while fewer than `need`
    /// judgments are scored; 0 where none is.
    /// @dev Example: break-even 50,000, full pay 250,000: a score of 150,000 over `need` judgments earns 500,000.
    function multipleOf(
        int256 scorePpm,
        uint256 scored,
        uint256 need,
        uint256 fullPayScore,
        uint256 breakEven,
        uint256 maxPenalty
    ) internal pure returns (int256 multiplePpm) {
        if (scored == 0) return 0;
        // Casts: every argument is far below 2^255. fullPayScore > breakEven by the bounds of terms.
        multiplePpm = ((scorePpm - int256(breakEven)) * PPM) / (int256(fullPayScore) - int256(breakEven));
        if (multiplePpm > PPM) multiplePpm = PPM;
        if (multiplePpm < -int256(maxPenalty)) multiplePpm = -int256(maxPenalty);
        if (scored < need) multiplePpm = (multiplePpm * int256(scored)) / int256(need);
    }

    /// @notice An item's worth to each of its `votes` voters, times L: an item over quota shares its pay.
    function weightOf(uint256 votes, uint256 quota) internal pure returns (uint256) {
        return votes <= quota ? L : (L / votes) * quota;
    }

    /// @param weight L times what the ballot's judgments are worth
    function payOf(
        uint256 price,
        uint256 weight,
        int256 multiplePpm
    ) internal pure returns (uint256 payUnits, uint256 lossUnits) {
        uint256 scale = L * uint256(PPM);
        if (multiplePpm >= 0) payUnits = (price * weight * uint256(multiplePpm)) / scale;
        else lossUnits = Math.ceilDiv(price * weight * uint256(-multiplePpm), scale);
    }
}
