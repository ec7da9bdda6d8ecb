// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

import {IFeedbackTasks} from "../../../contracts/interfaces/IFeedbackTasks.sol";
import {IStakeRegistry} from "../../../contracts/interfaces/IStakeRegistry.sol";
import {ICrowd} from "./ICrowd.sol";
import {Dice} from "./world/Dice.sol";
import {IIntruder} from "../../../contracts/testing/ReentrantToken.sol";

/// @title Has a seat, and in the middle of every transfer calls whatever might pay twice
contract Intruder is IIntruder {
    IFeedbackTasks private immutable TASKS;
    IStakeRegistry private immutable REGISTRY;
    ICrowd private immutable CROWD;
    uint256 private _seed;
    uint256 public intrusions;

    constructor(ICrowd crowd, address token) {
        (CROWD, TASKS, REGISTRY) = (crowd, IFeedbackTasks(crowd.TASKS()), IStakeRegistry(crowd.REGISTRY()));
        IERC20(token).approve(crowd.TASKS(), type(uint256).max);
        IERC20(token).approve(crowd.REGISTRY(), type(uint256).max);
    }

    function join(uint256 stakeUnits) external {
        REGISTRY.join(IStakeRegistry.Role.Human, stakeUnits, bytes32("intruder"));
    }

    function goAway() external {
        if (REGISTRY.accountOf(address(this)).exitableAt == 0) REGISTRY.requestExit();
    }

    /// @inheritdoc IIntruder
    function intrude() external {
        Dice memory dice = Dice(++_seed);
        uint256 count = CROWD.taskCount();
        address person = CROWD.personAt(dice.roll(1_000));
        bytes32 taskId = count == 0 ? bytes32(0) : CROWD.taskAt(dice.roll(count));
        _try(address(REGISTRY), abi.encodeCall(IStakeRegistry.withdrawFor, (dice.oneIn(2) ? address(this) : person)));
        _try(address(REGISTRY), abi.encodeCall(IStakeRegistry.addStake, (dice.roll(1_000))));
        _try(address(REGISTRY), abi.encodeCall(IStakeRegistry.payCommons, ()));
        _try(address(TASKS), abi.encodeCall(IFeedbackTasks.withdrawFor, (person)));
        _try(address(TASKS), abi.encodeCall(IFeedbackTasks.cancelTask, (taskId)));
        _try(address(TASKS), abi.encodeCall(IFeedbackTasks.openTask, (taskId)));
        _try(address(TASKS), abi.encodeCall(IFeedbackTasks.settle, (taskId, new address[](0), new bytes[](0))));
        _try(address(TASKS), abi.encodeCall(IFeedbackTasks.releaseBond, (taskId)));
        _try(address(TASKS), abi.encodeCall(IFeedbackTasks.payClaim, (taskId, person)));
    }

    function _try(address target, bytes memory call_) private {
        (bool succeeded, ) = target.call(call_);
        if (succeeded) ++intrusions;
    }
}
