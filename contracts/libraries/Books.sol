// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IFeedbackTasks} from "../interfaces/IFeedbackTasks.sol";
import {Pay} from "./Pay.sol";
import {Task} from "./Task.sol";

/// @title Where a task's escrow goes besides pay
/// @notice A linked library, for the contract's size. `protocol/settlement.ts` is the twin.
library Books {
    /// @notice Gives the whole escrow back. By the requester before the seed can be known; by anyone if nobody opened
    /// the task while it could be worked on.
    function cancel(
        Task storage task,
        mapping(address account => uint256) storage creditOf,
        bytes32 taskId,
        uint256 seedDelay
    ) external {
        bool byRequester = msg.sender == task.requester && block.number < task.snapshotBlock + seedDelay;
        bool neverOpened = block.timestamp >= task.closesAt;
        if (task.opened || task.cancelled || !(byRequester || neverOpened)) {
            revert IFeedbackTasks.NotCancellable(taskId);
        }

        uint256 refundUnits = escrowOf(task);
        task.cancelled = true;
        creditOf[task.requester] += refundUnits;

        emit IFeedbackTasks.TaskCancelled(taskId, refundUnits);
    }

    /// @notice Refund and fees are due at revealEndsAt: no vote can be counted any more.
    function close(Task storage task, mapping(address account => uint256) storage creditOf, bytes32 taskId) external {
        uint256 feeEach = task.operatorFee;
        uint256 paidHuman = task.paidVotesHuman;
        uint256 paidAi = task.paidVotesAi;
        uint256 itemCount = task.itemCount;
        uint256 refundUnits =
            (itemCount * task.humanVotes - paidHuman) * (task.humanPrice + feeEach) +
                (itemCount * task.aiVotes - paidAi) * (task.aiPrice + feeEach);
        uint256 feeUnits = (paidHuman + paidAi) * feeEach;

        task.booksClosed = true;
        creditOf[task.requester] += refundUnits;
        creditOf[task.operator] += feeUnits;

        emit IFeedbackTasks.BooksClosed(taskId, refundUnits, feeUnits);
    }

    /// @notice What was set aside for counted votes and not earned goes to the commons [G12].
    function finish(
        Task storage task,
        mapping(address account => uint256) storage creditOf,
        bytes32 taskId,
        address commons
    ) external {
        uint256 reservedUnits =
            uint256(task.paidVotesHuman) * task.humanPrice + uint256(task.paidVotesAi) * task.aiPrice;
        uint256 restUnits = reservedUnits - task.paidUnits;

        creditOf[commons] += restUnits;

        emit IFeedbackTasks.TaskSettled(taskId, task.paidUnits, restUnits, task.penaltyUnits);
    }

    function escrowOf(Task storage task) internal view returns (uint256) {
        return
            Pay.escrow(task.itemCount, task.humanVotes, task.humanPrice, task.aiVotes, task.aiPrice, task.operatorFee);
    }
}
