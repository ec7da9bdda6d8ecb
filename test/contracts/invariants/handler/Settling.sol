// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IFeedbackTasks} from "../../../../contracts/interfaces/IFeedbackTasks.sol";
import {Dice} from "../world/Dice.sol";
import {Revealing} from "./Revealing.sol";

/// @title Ballots are settled in any order and chunks, some twice, some with entries that are not theirs
abstract contract Settling is Revealing {
    function settlements(uint256 seed) external watched {
        Dice memory dice = Dice(seed);
        (bool found, uint256 place) = _taskIn(dice, IFeedbackTasks.State.Settling, IFeedbackTasks.State.Settling);
        if (!found) return;
        address[] memory validators = new address[](dice.roll(6));
        bytes[] memory entries = new bytes[](validators.length);
        for (uint256 i = 0; i < validators.length; ++i) {
            validators[i] = _anyValidator(dice);
            entries[i] = _ballots[_mirrored[place].id][validators[i]].effective;
            if (dice.oneIn(8)) entries[i] = bytes.concat(entries[i], hex"00000000");
        }
        _judgeGold(_mirrored[place]);
        _settle(_mirrored[place], validators, entries);
    }

    /// @dev [G14] Settles everybody's; needs no operator and no requester.
    function _settleAll(MirroredTask storage task) internal {
        address[] memory validators = new address[](HUMANS + AIS);
        bytes[] memory entries = new bytes[](validators.length);
        for (uint256 i = 0; i < validators.length; ++i) {
            validators[i] = _people[i];
            entries[i] = _ballots[task.id][_people[i]].effective;
        }
        _judgeGold(task);
        _settle(task, validators, entries);
    }

    /// @dev [G8] Each element fares as if it came alone; a second one of the same ballot does nothing.
    function _settle(MirroredTask storage task, address[] memory validators, bytes[] memory entries) private {
        IFeedbackTasks.Refusal[] memory expected = new IFeedbackTasks.Refusal[](validators.length);
        for (uint256 i = 0; i < validators.length; ++i) {
            expected[i] = _expectedRefusal(task, validators[i], entries[i]);
            for (uint256 j = 0; j < i; ++j) {
                bool again = validators[j] == validators[i] && expected[j] == IFeedbackTasks.Refusal.None;
                if (again && expected[i] == IFeedbackTasks.Refusal.None) {
                    expected[i] = IFeedbackTasks.Refusal.AlreadySettled;
                }
            }
        }
        IFeedbackTasks.Refusal[] memory refusals = TASKS.settle(task.id, validators, entries);
        for (uint256 i = 0; i < validators.length; ++i) {
            require(refusals[i] == expected[i], "[G8] a ballot is settled or passed over as the rules say");
        }
    }

    function _expectedRefusal(
        MirroredTask storage task,
        address validator,
        bytes memory entries
    ) private view returns (IFeedbackTasks.Refusal) {
        MirroredBallot storage ballot = _ballots[task.id][validator];
        if (!ballot.isCommitted) return IFeedbackTasks.Refusal.NoRecord;
        if (ballot.isSettled) return IFeedbackTasks.Refusal.AlreadySettled;
        if (!ballot.isOpened) return IFeedbackTasks.Refusal.None;
        bool same = keccak256(entries) == keccak256(ballot.effective);
        return same ? IFeedbackTasks.Refusal.None : IFeedbackTasks.Refusal.WrongEntries;
    }
}
