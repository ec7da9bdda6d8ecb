// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IFeedbackTasks} from "../../../../contracts/interfaces/IFeedbackTasks.sol";
import {Dice} from "../world/Dice.sol";
import {Committing} from "./Committing.sol";

/// @title Ballots are opened, rightly and wrongly, in time and out of it; golds are opened and judged
abstract contract Revealing is Committing {
    function openings(uint256 seed) external watched {
        Dice memory dice = Dice(seed);
        (bool found, uint256 place) = _taskIn(dice, IFeedbackTasks.State.Revealing, IFeedbackTasks.State.Revealing);
        if (!found) return;
        MirroredTask storage task = _mirrored[place];
        uint256 count = dice.between(1, 5);
        IFeedbackTasks.Opening[] memory batch = new IFeedbackTasks.Opening[](count);
        for (uint256 i = 0; i < count; ++i) {
            address validator = _anyValidator(dice);
            batch[i] = _planned(task, validator);
            if (dice.oneIn(8)) batch[i].salt = bytes32("another");
        }
        _reveal(task, batch);
    }

    function gold(uint256 seed) external watched {
        Dice memory dice = Dice(seed);
        (bool found, uint256 place) = _taskIn(dice, IFeedbackTasks.State.Revealing, IFeedbackTasks.State.Settling);
        if (!found) return;
        _openGold(_mirrored[place]);
        _judgeGold(_mirrored[place]);
    }

    /// @dev Everybody's, those whose time it is not yet among them.
    function _revealAll(MirroredTask storage task) internal {
        IFeedbackTasks.Opening[] memory batch = new IFeedbackTasks.Opening[](HUMANS + AIS);
        for (uint256 i = 0; i < batch.length; ++i) batch[i] = _planned(task, _people[i]);
        _reveal(task, batch);
    }

    function _planned(
        MirroredTask storage task,
        address validator
    ) private view returns (IFeedbackTasks.Opening memory) {
        return _openingOf(task, validator, _planOf[TASKS.recordOf(task.id, validator).fingerprint]);
    }

    /// @dev [G8] [G9] Each opening fares as if it came alone, and what counts of it is what the rules say.
    function _reveal(MirroredTask storage task, IFeedbackTasks.Opening[] memory batch) internal {
        IFeedbackTasks.Refusal[] memory expected = new IFeedbackTasks.Refusal[](batch.length);
        for (uint256 i = 0; i < batch.length; ++i) {
            expected[i] = _expectedRefusal(task, batch[i]);
            for (uint256 j = 0; j < i; ++j) {
                bool again = batch[j].validator == batch[i].validator && expected[j] == IFeedbackTasks.Refusal.None;
                if (again && expected[i] == IFeedbackTasks.Refusal.None) {
                    expected[i] = IFeedbackTasks.Refusal.AlreadyOpened;
                }
                if (again && expected[i] == IFeedbackTasks.Refusal.WrongOpening) {
                    expected[i] = IFeedbackTasks.Refusal.AlreadyOpened;
                }
            }
        }
        IFeedbackTasks.Refusal[] memory refusals = TASKS.reveal(task.id, batch);
        for (uint256 i = 0; i < batch.length; ++i) {
            require(refusals[i] == expected[i], "[G8] an opening is taken or passed over as the rules say");
            if (refusals[i] == IFeedbackTasks.Refusal.None) _checkRevealed(task, batch[i]);
        }
    }

    function _checkRevealed(MirroredTask storage task, IFeedbackTasks.Opening memory opening) private view {
        IFeedbackTasks.Record memory record = TASKS.recordOf(task.id, opening.validator);
        bool wellFormed = _isWellFormed(opening.entries, record.judgments);
        require(record.opened && record.void_ == !wellFormed, "a ballot is void iff it is malformed");
        // Fewer than 15 people and 7 AIs take part, so what stands before it in the batch takes nothing from it.
        bytes memory effective = wellFormed ? _effective(task, opening.validator, opening.entries) : bytes("");
        require(
            !wellFormed || record.fingerprint == bytes22(keccak256(effective)),
            "[G9] the record keeps the hash of what counts"
        );
    }

    function _expectedRefusal(
        MirroredTask storage task,
        IFeedbackTasks.Opening memory opening
    ) private view returns (IFeedbackTasks.Refusal) {
        IFeedbackTasks.Record memory record = TASKS.recordOf(task.id, opening.validator);
        if (record.version == 0) return IFeedbackTasks.Refusal.NoRecord;
        (uint256 from, uint256 until) = (task.terms.commitEndsAt, task.terms.revealEndsAt);
        bool firstHalf = _now() < from + (until - from) / 2;
        if (task.terms.conditionOnAi && firstHalf != _isAi(task, opening.validator)) {
            return IFeedbackTasks.Refusal.OutsideRevealTime;
        }
        if (record.opened) return IFeedbackTasks.Refusal.AlreadyOpened;
        return
            uint256(opening.salt) == _planOf[record.fingerprint].seed
                ? IFeedbackTasks.Refusal.None
                : IFeedbackTasks.Refusal.WrongOpening;
    }

    function _openGold(MirroredTask storage task) internal {
        if (task.terms.goldHash == 0) return;
        (uint256 from, uint256 until) = (task.terms.commitEndsAt, task.terms.revealEndsAt);
        bool possible =
            TASKS.stateOf(task.id) == IFeedbackTasks.State.Revealing &&
                TASKS.factsOf(task.id).gold == IFeedbackTasks.GoldStage.Sealed &&
                _now() < from + (until - from) / 2;
        try TASKS.openGold(task.id, GOLD_SALT, _secretOf[task.id].golds) {
            require(possible, "golds are opened once, in the first half of revealing");
        } catch {
            require(!possible, "whoever holds the golds can open them");
        }
    }

    /// @dev [G14] Anybody can, for the golds are public.
    function _judgeGold(MirroredTask storage task) internal {
        bool possible =
            TASKS.stateOf(task.id) == IFeedbackTasks.State.Settling &&
                TASKS.factsOf(task.id).gold == IFeedbackTasks.GoldStage.Opened;
        try TASKS.judgeGold(task.id, _secretOf[task.id].golds) {
            require(possible, "golds are judged once, after the last vote");
        } catch {
            require(!possible, "[G14] anybody can judge opened golds");
        }
    }
}
