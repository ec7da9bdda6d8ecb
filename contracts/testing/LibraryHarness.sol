// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {BallotCodec} from "../libraries/BallotCodec.sol";
import {Gold} from "../libraries/Gold.sol";
import {Draws} from "../libraries/Draws.sol";
import {Pay} from "../libraries/Pay.sol";

/// @title Opens internal rules to tests, which hold them against golden vectors
contract LibraryHarness {
    function isWellFormed(bytes calldata entries, uint256 judgments) external pure returns (bool) {
        return BallotCodec.isWellFormed(entries, judgments);
    }

    function commitmentOf(
        bytes32 taskId,
        address validator,
        uint32 version,
        bytes32 salt,
        bytes32 entriesHash,
        bytes32 notesHash
    ) external view returns (bytes32) {
        return BallotCodec.commitmentOf(taskId, validator, version, salt, entriesHash, notesHash);
    }

    function draw(
        uint256 seats,
        uint256 votes,
        uint256 itemCount,
        uint256 oversubscription,
        uint256 minJudgments,
        uint256 minPool
    ) external pure returns (uint256 pool, uint256 threshold, uint256 need) {
        return Draws.draw(seats, votes, itemCount, oversubscription, minJudgments, minPool);
    }

    function isInPool(uint256 pool, uint256 seats, bytes32 seed, address validator) external pure returns (bool) {
        return pool != 0 && Draws.poolHash(seed, validator) <= Draws.poolLimit(pool, seats);
    }

    function ticketOf(bytes32 seed, address validator, uint256 itemIndex) external pure returns (uint256) {
        return Draws.ticketOf(seed, validator, itemIndex);
    }

    function isGoldWellFormed(bytes calldata golds, uint256 itemCount) external pure returns (bool) {
        return Gold.isWellFormed(golds, itemCount);
    }

    /// @param human votes for A, B and tie
    function isGoldVoid(uint256[3] calldata human, uint256 answer) external pure returns (bool) {
        uint256 votes = human[0] + human[1] + human[2];
        return Gold.isVoid(human[0] | (human[1] << 4) | (human[2] << 8) | (votes << 12), answer);
    }

    function failsGoldGate(uint256 right, uint256 wrong) external pure returns (bool) {
        return Gold.fails(right, wrong);
    }

    function multipleOf(
        int256 scorePpm,
        uint256 scored,
        uint256 need,
        uint256 fullPayScore,
        uint256 breakEven,
        uint256 maxPenalty
    ) external pure returns (int256) {
        return Pay.multipleOf(scorePpm, scored, need, fullPayScore, breakEven, maxPenalty);
    }

    function weightOf(uint256[] calldata votesOnEachItem, uint256 quota) external pure returns (uint256 weight) {
        for (uint256 i = 0; i < votesOnEachItem.length; ++i) weight += Pay.weightOf(votesOnEachItem[i], quota);
    }

    function payOf(uint256 price, uint256 weight, int256 multiplePpm) external pure returns (uint256, uint256) {
        return Pay.payOf(price, weight, multiplePpm);
    }
}
