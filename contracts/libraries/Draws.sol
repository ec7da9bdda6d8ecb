// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

import {IFeedbackTasks} from "../interfaces/IFeedbackTasks.sol";
import {IStakeRegistry} from "../interfaces/IStakeRegistry.sol";
import {Task} from "./Task.sol";

/// @title Who is drawn for a task, and which items are theirs
/// @notice Opening a task is linked, for the contract's size. `protocol/seed.ts`, `protocol/pool.ts` and
/// `protocol/ticket.ts` are the twin.
library Draws {
    uint256 internal constant PPM = 1e6;
    /// @notice The threshold below which every ticket lies.
    uint256 internal constant EVERY_TICKET = 1 << 255;

    uint256 private constant LEAST_HUMAN_SEATS = 3;

    /// @notice Fixes the seed, and with it who is drawn. The caller checks that the task waits to be opened.
    function open(
        Task storage task,
        bytes32 taskId,
        IStakeRegistry registry,
        uint256 seedDelay,
        uint256 minPool
    ) external {
        uint256 seedBlock = task.snapshotBlock + seedDelay;
        uint256 opensUntil = task.conditionOnAi ? task.aiClosesAt : task.closesAt;
        if (block.number <= seedBlock) revert IFeedbackTasks.TooEarlyToOpen(seedBlock);
        if (block.timestamp >= opensUntil) revert IFeedbackTasks.TooLateToOpen(opensUntil);
        uint256 source = seedSource(seedBlock);
        bytes32 sourceHash = blockhash(source);
        if (sourceHash == 0) revert IFeedbackTasks.BlockHashUnavailable(source);

        bytes32 seed = keccak256(abi.encode(sourceHash, block.chainid, address(this), taskId));
        IFeedbackTasks.Draw memory human = _drawOf(
            task,
            _seats(
                registry,
                IStakeRegistry.Role.Human,
                task.snapshotBlock,
                task.humanAdmissionRoot,
                task.humanAdmitted
            ),
            task.humanVotes,
            task.oversubscription,
            minPool
        );
        if (human.seats < LEAST_HUMAN_SEATS) revert IFeedbackTasks.TooFewHumanSeats(human.seats);
        IFeedbackTasks.Draw memory ai = _drawOf(
            task,
            _seats(registry, IStakeRegistry.Role.Ai, task.snapshotBlock, task.aiAdmissionRoot, task.aiAdmitted),
            task.aiVotes,
            PPM,
            minPool
        );

        task.opened = true;
        task.seed = seed;
        task.human = human;
        task.ai = ai;

        emit IFeedbackTasks.TaskOpened(taskId, seed, human, ai);
    }

    function _seats(
        IStakeRegistry registry,
        IStakeRegistry.Role role,
        uint256 snapshotBlock,
        bytes32 admissionRoot,
        uint256 admitted
    ) private view returns (uint256) {
        uint256 active = registry.activeSeatsAt(role, snapshotBlock);
        return admissionRoot == 0 ? active : Math.min(active, admitted);
    }

    function _drawOf(
        Task storage task,
        uint256 seats,
        uint256 votes,
        uint256 oversubscription,
        uint256 minPool
    ) private view returns (IFeedbackTasks.Draw memory) {
        (uint256 pool, uint256 threshold, uint256 need) = draw(
            seats,
            votes,
            task.itemCount,
            oversubscription,
            task.minJudgments,
            minPool
        );
        // Seats are counted one a transaction, so below 2^32; pool <= seats; need <= minJudgments, a uint16.
        return
            IFeedbackTasks.Draw({seats: uint32(seats), pool: uint32(pool), need: uint16(need), threshold: threshold});
    }

    /// @notice The block whose hash makes the seed: the latest that is `delay + 256·k` after the snapshot and has a
    /// hash.
    /// @dev Needs `block.number > seedBlock`. Its age, block.number − b, is 1 to 256: exactly those BLOCKHASH
    /// knows.
    function seedSource(uint256 seedBlock) internal view returns (uint256) {
        return seedBlock + 256 * ((block.number - 1 - seedBlock) / 256);
    }

    /// @notice How many seats are drawn (enough to be scored fairly), the threshold of tickets, and the judgments
    /// needed for full pay.
    /// @param oversubscription ppm, below 2^32; the products stay below 2^12 · 2^32 · 2^4 · 2^20
    function draw(
        uint256 seats,
        uint256 votes,
        uint256 itemCount,
        uint256 oversubscription,
        uint256 minJudgments,
        uint256 minPool
    ) internal pure returns (uint256 pool, uint256 threshold, uint256 need) {
        if (votes == 0 || seats == 0) return (0, 0, 1);
        uint256 tickets = oversubscription * votes;
        pool = Math.min(seats, Math.max(minPool, (itemCount * tickets) / (2 * PPM * minJudgments)));
        if (pool == 0) return (0, 0, 1);

        threshold = tickets >= PPM * pool ? EVERY_TICKET : Math.mulDiv(EVERY_TICKET, tickets, PPM * pool);
        need = Math.min((itemCount * Math.min(PPM * pool, tickets)) / (2 * PPM * pool), minJudgments);
        if (need == 0) need = 1;
    }

    /// @notice The limit that a seat's hash must not exceed to be in the pool. Needs `seats > 0`.
    function poolLimit(uint256 pool, uint256 seats) internal pure returns (uint256) {
        return Math.mulDiv(type(uint256).max, pool, seats);
    }

    function poolHash(bytes32 seed, address validator) internal pure returns (uint256) {
        return uint256(keccak256(abi.encode(seed, validator)));
    }

    /// @notice Decides by `ticket >> 1` whether the item is this validator's, and by its lowest bit which side is
    /// left.
    function ticketOf(bytes32 seed, address validator, uint256 itemIndex) internal pure returns (uint256) {
        return uint256(keccak256(abi.encode(seed, validator, itemIndex)));
    }
}
