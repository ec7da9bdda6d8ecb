// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IFeedbackTasks} from "../../../../contracts/interfaces/IFeedbackTasks.sol";
import {Dice} from "../world/Dice.sol";
import {vm} from "../world/Vm.sol";
import {Checks} from "./Checks.sol";

/// @title One task, played again and again: the same ballots, sent in another order and in other batches
abstract contract Replaying is Checks {
    /// @dev How a play cuts a list into batches.
    enum Cut {
        OneByOne,
        AllAtOnce,
        FewManyFew,
        AtRandom
    }

    /// @dev Of FeedbackTasks: where the mapping of tallies lies, beside which ledgers stand.
    uint256 private constant TALLIES_SLOT = 4;

    IFeedbackTasks.SignedBallot[] private _drafts;
    mapping(address validator => bool) private _keepsShut;
    bool private _opensGold;

    /// @notice An open task and up to two versions of everybody's ballot.
    function prepare(uint256 seed) external watched {
        Dice memory dice = Dice(seed);
        _itemCountOfAll = 260; // enough words of tallies for a ledger to be worth its price
        _create(dice);
        _absorb();
        _open(_mirrored[0]);
        _absorb();
        _opensGold = dice.oneIn(2);
        for (uint256 i = 0; i < HUMANS + AIS; ++i) {
            _keepsShut[_people[i]] = dice.oneIn(6);
            for (uint32 version = 1; version <= 1 + dice.roll(2); ++version) {
                Flaw flaw = dice.oneIn(6) ? Flaw(dice.roll(5)) : Flaw.None;
                IFeedbackTasks.SignedBallot memory ballot = _draft(
                    _mirrored[0],
                    _people[i],
                    version,
                    Plan(dice.fork(), flaw)
                );
                _signBallot(_mirrored[0], ballot, _keyOf[_people[i]]);
                _drafts.push(ballot);
            }
        }
    }

    /// @notice The whole life of the task.
    /// @return figures every figure there is in the end
    function play(uint256 order) external watched returns (uint256[] memory figures) {
        Dice memory dice = Dice(order);
        MirroredTask storage task = _mirrored[0];
        Cut cut = Cut(order % 4);
        _commitBallots(dice, cut, task);
        vm.warp(task.terms.commitEndsAt);
        bool goldFirst = dice.oneIn(2);
        if (_opensGold && goldFirst) _openGold(task);
        _openBallots(dice, cut, task);
        if (_opensGold && !goldFirst) _openGold(task);
        if (task.terms.conditionOnAi) {
            vm.warp(task.terms.revealEndsAt - 1);
            _openBallots(dice, cut, task);
        }
        vm.warp(task.terms.revealEndsAt);
        _judgeGold(task);
        _settleBallots(dice, cut, task);
        return _figures(task);
    }

    /// @notice Where the votes lie: in code, in slots, or both.
    function places() external view returns (bool inLedger, bool inSlots) {
        uint256 word = uint256(vm.load(address(TASKS), keccak256(abi.encode(_mirrored[0].id, TALLIES_SLOT))));
        return (word << 96 != 0, (word >> 160) & 1 == 1);
    }

    function _commitBallots(Dice memory dice, Cut cut, MirroredTask storage task) private {
        uint256[] memory order = _shuffled(dice, _drafts.length);
        for (uint256 i = 0; i < order.length;) {
            uint256 size = _batchSize(dice, cut, i, order.length);
            IFeedbackTasks.SignedBallot[] memory batch = new IFeedbackTasks.SignedBallot[](size);
            for (uint256 k = 0; k < size; ++k) batch[k] = _drafts[order[i + k]];
            TASKS.commit(task.id, batch);
            i += size;
        }
    }

    function _openBallots(Dice memory dice, Cut cut, MirroredTask storage task) private {
        uint256[] memory order = _shuffled(dice, HUMANS + AIS);
        for (uint256 i = 0; i < order.length;) {
            uint256 size = _batchSize(dice, cut, i, order.length);
            IFeedbackTasks.Opening[] memory batch = new IFeedbackTasks.Opening[](size);
            for (uint256 k = 0; k < size; ++k) {
                address validator = _people[order[i + k]];
                Plan memory plan = _planOf[TASKS.recordOf(task.id, validator).fingerprint];
                batch[k] = _openingOf(task, validator, plan);
                if (_keepsShut[validator]) batch[k].salt = bytes32("never told");
            }
            TASKS.reveal(task.id, batch);
            i += size;
        }
    }

    /// @dev What counts is read from the events, as anybody would.
    function _settleBallots(Dice memory dice, Cut cut, MirroredTask storage task) private {
        _absorb();
        uint256[] memory order = _shuffled(dice, HUMANS + AIS);
        for (uint256 i = 0; i < order.length && TASKS.stateOf(task.id) == IFeedbackTasks.State.Settling;) {
            uint256 size = _batchSize(dice, cut, i, order.length);
            address[] memory validators = new address[](size);
            bytes[] memory entries = new bytes[](size);
            for (uint256 k = 0; k < size; ++k) {
                validators[k] = _people[order[i + k]];
                entries[k] = _ballots[task.id][validators[k]].effective;
            }
            TASKS.settle(task.id, validators, entries);
            i += size;
        }
        require(TASKS.stateOf(task.id) == IFeedbackTasks.State.Settled, "[G14] all is settled");
    }

    function _batchSize(Dice memory dice, Cut cut, uint256 done, uint256 count) private pure returns (uint256) {
        uint256 left = count - done;
        if (cut == Cut.OneByOne) return 1;
        if (cut == Cut.AllAtOnce) return left;
        if (cut == Cut.FewManyFew) return done == 3 && left > 3 ? left - 3 : 1;
        return 1 + dice.roll(left);
    }

    function _shuffled(Dice memory dice, uint256 count) private pure returns (uint256[] memory order) {
        order = new uint256[](count);
        for (uint256 i = 0; i < count; ++i) {
            uint256 j = dice.roll(i + 1);
            order[i] = order[j];
            order[j] = i;
        }
    }

    function _figures(MirroredTask storage task) private view returns (uint256[] memory figures) {
        uint256 itemCount = task.terms.itemCount;
        figures = new uint256[](2 + 4 * _accountCount() + itemCount);
        uint256 n = 0;
        figures[n++] = uint256(keccak256(abi.encode(TASKS.factsOf(task.id))));
        figures[n++] = REGISTRY.commonsDueUnits();
        for (uint256 i = 0; i < _accountCount(); ++i) {
            address account = _accountAt(i);
            figures[n++] = REGISTRY.accountOf(account).stakedUnits;
            figures[n++] = REGISTRY.accountOf(account).lockedUnits;
            figures[n++] = TASKS.creditOf(account);
            IFeedbackTasks.Record memory record = TASKS.recordOf(task.id, account);
            record.unfundedVersion = 0; // a note of what came too late or too early to be covered: no figure
            figures[n++] = uint256(keccak256(abi.encode(record)));
        }
        for (uint256 item = 0; item < itemCount; ++item) {
            figures[n++] = uint256(keccak256(abi.encode(TASKS.tallyOf(task.id, item))));
        }
    }
}
