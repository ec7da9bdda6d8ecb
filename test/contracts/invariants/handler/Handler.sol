// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IFeedbackTasks} from "../../../../contracts/interfaces/IFeedbackTasks.sol";
import {IStakeRegistry} from "../../../../contracts/interfaces/IStakeRegistry.sol";
import {Dice} from "../world/Dice.sol";
import {vm} from "../world/Vm.sol";
import {Actors, IAwkward, Trouble} from "./Actors.sol";
import {Replaying} from "./Replaying.sol";

/// @notice Somebody whom the handler does not play.
interface IGuest {
    function join(uint256 stakeUnits) external;
    function goAway() external;
}

/// @title Everybody at once: what a campaign calls, with any seed, in any order
/// @notice Nothing here reverts by chance: where a call is expected to fail it is caught, so a revert is a finding.
abstract contract Handler is Replaying {
    constructor(address token, Trouble trouble) Actors(token, trouble) {
        vm.recordLogs();
        for (uint256 i = 0; i < OPERATORS; ++i) _join(_operator(i), 2_000_000e18);
        // The last human stays out for now.
        for (uint256 i = 0; i < HUMANS + AIS; ++i) if (i != HUMANS - 1) _join(_people[i], 4 * MIN_STAKE);
        vm.roll(_block() + 2);
        _absorb();
    }

    /// @notice Lets in whom the token calls during transfers: somebody with a seat, whom the handler does not play.
    function letIn(IGuest guest) external watched {
        _others.push(address(guest));
        TOKEN.mint(address(guest), 2 ** 90);
        guest.join(4 * MIN_STAKE);
        IAwkward(address(TOKEN)).setIntruder(address(guest));
    }

    function taskCount() external view returns (uint256) {
        return _mirrored.length;
    }

    function taskAt(uint256 i) external view returns (bytes32) {
        return _mirrored[i].id;
    }

    function personAt(uint256 i) external view returns (address) {
        return _accountAt(i % _accountCount());
    }

    /// @notice The calls of a campaign, each as often as it is named.
    function calls() external pure returns (bytes4[] memory selectors) {
        bytes4[13] memory each = [
            this.seats.selector,
            this.tasks.selector,
            this.ballots.selector,
            this.openings.selector,
            this.gold.selector,
            this.settlements.selector,
            this.claims.selector,
            this.time.selector,
            this.payouts.selector,
            this.donations.selector,
            this.departures.selector,
            this.mischief.selector,
            this.progress.selector
        ];
        selectors = new bytes4[](18);
        for (uint256 i = 0; i < 18; ++i) selectors[i] = each[_least(i, 12)];
    }

    // --- Calls of a campaign, beside those of the parts ---

    /// @notice A few seconds and blocks, or up to the next deadline of some task.
    function time(uint256 seed) external watched {
        Dice memory dice = Dice(seed);
        if (_mirrored.length == 0 || !dice.oneIn(6)) return _pass(dice.roll(6), dice.roll(3));
        _passDeadline(_mirrored[dice.roll(_mirrored.length)]);
    }

    /// @notice The next step of some task that is not over, as those would take it who want to see it through.
    function progress(uint256 seed) external watched {
        Dice memory dice = Dice(seed);
        (bool found, uint256 place) = _unfinished(dice);
        if (!found) return _create(dice);
        for (uint256 steps = dice.between(1, 4); steps > 0; --steps) {
            _step(dice, _mirrored[place]);
            _absorb();
        }
    }

    /// @notice Credits are paid, to people in any order and to the commons.
    function payouts(uint256 seed) external watched {
        Dice memory dice = Dice(seed);
        address account = _accountAt(dice.roll(_accountCount()));
        _withdrawCredit(account);
        if (dice.oneIn(3)) _payCommons();
    }

    /// @notice Somebody sends tokens that nobody asked for.
    function donations(uint256 seed) external watched {
        Dice memory dice = Dice(seed);
        address target = dice.oneIn(2) ? address(REGISTRY) : address(TASKS);
        uint256 units = dice.roll(1_000);
        uint256 before = TOKEN.balanceOf(target);
        vm.prank(_outsider());
        (bool sent, ) = address(TOKEN).call(abi.encodeWithSignature("transfer(address,uint256)", target, units));
        // Whom the transfer calls may move more: there the amount is what was given. A refused one may say so, no more.
        if (_trouble == Trouble.CallsBack) _donated[target] += units;
        else if (sent) _donated[target] += TOKEN.balanceOf(target) - before;
    }

    /// @notice Somebody leaves for good: at the very end of the cooldown everything is paid, whatever others do [G1].
    function departures(uint256 seed) external watched {
        Dice memory dice = Dice(seed);
        if (!dice.oneIn(12)) return;
        // Somebody with something locked, if there is anybody.
        uint256 first = dice.roll(_people.length);
        address person = _people[first];
        for (uint256 i = 1; i < _people.length && _lockOf[person] == 0; ++i) {
            person = _people[(first + i) % _people.length];
        }
        _requestExit(person);
        IStakeRegistry.Account memory account = REGISTRY.accountOf(person);
        if (account.exitableAt == 0) return;
        if (_now() < account.exitableAt) vm.warp(account.exitableAt);
        // What is locked stays, even now.
        if (_stakeOf[person] > _lockOf[person]) _withdrawStake(dice, person);
        _absorb();
        for (uint256 i = 0; i < _mirrored.length; ++i) {
            MirroredTask storage task = _mirrored[i];
            if (_ballots[task.id][person].lockUnits != 0) {
                require(_now() >= task.terms.revealEndsAt, "[G1] no ballot locks stake beyond its owner's cooldown");
                _settleAll(task);
            }
            if (task.terms.operator == person && !task.bondReleased) {
                require(
                    _now() >= task.terms.revealEndsAt + CLAIM_WINDOW,
                    "[G1] no bond is locked beyond its owner's cooldown"
                );
                _releaseBond(task);
            }
        }
        _absorb();
        if (_stakeOf[person] != 0) _withdrawStake(dice, person);
        _absorb();
        require(_stakeOf[person] == 0 || _isRefused(person) || !_isKept(), "[G1] who leaves takes everything along");
        ++times["departed"];
    }

    /// @notice The token's issuer does something, where it can.
    function mischief(uint256 seed) external watched {
        _misbehave(Dice(seed));
    }

    function _misbehave(Dice memory dice) private {
        IAwkward token = IAwkward(address(TOKEN));
        if (_trouble == Trouble.ReturnsFalse) token.setMood(dice.roll(4));
        if (_trouble == Trouble.SwitchesFee) token.setFee(dice.roll(3));
        if (_trouble == Trouble.CallsBack && dice.oneIn(8)) IGuest(_others[1]).goAway();
        if (_trouble == Trouble.ShutsOut) {
            // Anybody but the contracts, the commons too.
            address account = _accountAt(dice.roll(_accountCount()));
            token.setBlacklisted(account, !token.isBlacklisted(account));
        }
    }

    /// @dev The issuer comes to its senses: then everybody gets what is theirs.
    function _behave() private {
        IAwkward token = IAwkward(address(TOKEN));
        if (_trouble == Trouble.ReturnsFalse) token.setMood(0);
        if (_trouble == Trouble.CallsBack) {
            token.setIntruder(address(0));
            IGuest(_others[1]).goAway();
        }
        for (uint256 i = 0; i < _accountCount() && _trouble == Trouble.ShutsOut; ++i) {
            token.setBlacklisted(_accountAt(i), false);
        }
    }

    // --- The end ---

    /// @notice Brings every task to its end and everybody home: then nothing is left over [G4].
    function finish() external watched {
        Dice memory dice = Dice(1);
        _behave();
        for (uint256 i = 0; i < _mirrored.length; ++i) {
            MirroredTask storage task = _mirrored[i];
            if (task.opened || task.cancelled) continue;
            if (_now() < task.terms.closesAt) vm.warp(task.terms.closesAt);
            _cancel(task, _outsider());
        }
        vm.warp(_now() + 2 * UNBONDING);
        for (uint256 i = 0; i < _mirrored.length; ++i) {
            if (TASKS.stateOf(_mirrored[i].id) == IFeedbackTasks.State.Settling) _settleAll(_mirrored[i]);
            if (!_mirrored[i].bondReleased) _releaseBond(_mirrored[i]);
            _absorb();
            for (uint256 k = 0; k < HUMANS + AIS; ++k) {
                if (_ballots[_mirrored[i].id][_people[k]].claimUnits != 0) _payClaim(_mirrored[i], _people[k]);
            }
            _absorb();
            bool over = _mirrored[i].settled || _mirrored[i].cancelled;
            require(over, "[G14] every task ends without operator or requester");
        }
        for (uint256 i = 0; i < _people.length; ++i) _requestExit(_people[i]);
        vm.warp(_now() + UNBONDING);
        for (uint256 i = 0; i < _accountCount(); ++i) {
            if (_stakeOf[_accountAt(i)] != 0) _withdrawStake(dice, _accountAt(i));
            _withdrawCredit(_accountAt(i));
        }
        _payCommons();
    }

    /// @notice After `finish`, where the token behaves: nobody is owed anything, and nothing is left.
    function checkNothingIsLeft() external view {
        if (!_isKept()) return;
        require(TOKEN.balanceOf(address(REGISTRY)) == _donated[address(REGISTRY)], "[G4] the registry is empty");
        require(TOKEN.balanceOf(address(TASKS)) == _donated[address(TASKS)], "[G4] the task contract is empty");
        for (uint256 i = 0; i < _accountCount(); ++i) {
            require(REGISTRY.accountOf(_accountAt(i)).stakedUnits == 0, "[G1] every stake went home");
        }
    }

    // --- Internals ---

    function _payCommons() private remembering {
        try REGISTRY.payCommons() {} catch {
            _forget();
            require(_commonsDue == 0 || _isRefused(COMMONS), "[G12] anybody can pay the commons what is due");
        }
    }

    function _withdrawCredit(address account) private remembering {
        uint256 units = _creditOf[account];
        uint256 before = TOKEN.balanceOf(account);
        try TASKS.withdrawFor(account) {
            uint256 received = TOKEN.balanceOf(account) - before;
            require(received == units || !_arrivesWhole(), "[G13] a credit goes to its owner");
        } catch {
            _forget();
            require(units == 0 || _isRefused(account), "[G13] anybody can have a credit paid to its owner");
        }
    }

    /// @dev A task that is not over, the present one or a new one: then `found` is false.
    function _unfinished(Dice memory dice) private view returns (bool found, uint256 place) {
        uint256 count = _mirrored.length;
        if (count == 0 || dice.oneIn(8)) return (false, 0);
        uint256 first = dice.roll(count);
        for (uint256 i = 0; i < count; ++i) {
            place = (first + i) % count;
            if (!_isOver(_mirrored[place])) return (true, place);
        }
    }

    function _step(Dice memory dice, MirroredTask storage task) private {
        IFeedbackTasks.State state = TASKS.stateOf(task.id);
        if (state == IFeedbackTasks.State.Funded) {
            if (_now() >= task.terms.closesAt) return _cancel(task, _outsider());
            _open(task);
            if (!TASKS.factsOf(task.id).opened) _passDeadline(task);
        } else if (state == IFeedbackTasks.State.Open || state == IFeedbackTasks.State.Committing) {
            _commitMany(dice, task);
            if (!dice.oneIn(3)) _passDeadline(task);
        } else if (state == IFeedbackTasks.State.Revealing) {
            if (!dice.oneIn(4)) _openGold(task);
            if (!dice.oneIn(4)) _revealAll(task);
            _passDeadline(task);
        } else if (state == IFeedbackTasks.State.Settling && !dice.oneIn(3)) {
            _settleAll(task);
        } else {
            _endStep(dice, task);
        }
    }

    /// @dev Claims in their time, then the bond, then what was claimed.
    function _endStep(Dice memory dice, MirroredTask storage task) private {
        if (task.bondReleased) {
            // Once more for some, while others wait: a claim is paid once.
            for (uint256 i = 0; i < HUMANS + AIS; ++i) {
                _payClaim(task, _people[i]);
                _absorb();
                if (dice.oneIn(2)) _payClaim(task, _people[i]);
            }
            return;
        }
        if (_now() >= task.terms.revealEndsAt + CLAIM_WINDOW) return _releaseBond(task);
        uint256 first = dice.roll(HUMANS + AIS);
        uint256 count = dice.between(1, HUMANS + AIS);
        for (uint256 i = 0; i < count; ++i) _claim(dice, task, _people[(first + i) % (HUMANS + AIS)]);
        if (dice.oneIn(2)) _passDeadline(task);
    }

    /// @dev Moves to the next time at which something changes for this task.
    function _passDeadline(MirroredTask storage task) private {
        uint256 middle = task.terms.commitEndsAt + (task.terms.revealEndsAt - task.terms.commitEndsAt) / 2;
        uint256[6] memory deadlines = [
            uint256(task.terms.aiClosesAt),
            task.terms.closesAt,
            task.terms.commitEndsAt,
            middle,
            task.terms.revealEndsAt,
            task.terms.revealEndsAt + CLAIM_WINDOW
        ];
        for (uint256 i = 0; i < 6; ++i) {
            if (deadlines[i] <= _now()) continue;
            vm.warp(deadlines[i]);
            vm.roll(_block() + 1);
            return;
        }
        _pass(1, 1);
    }
}
