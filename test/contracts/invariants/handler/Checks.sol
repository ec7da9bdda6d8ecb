// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IFeedbackTasks} from "../../../../contracts/interfaces/IFeedbackTasks.sol";
import {IStakeRegistry} from "../../../../contracts/interfaces/IStakeRegistry.sol";
import {Claiming} from "./Claiming.sol";

/// @title What must hold after every call
abstract contract Checks is Claiming {
    /// @dev Accounts beside the people: who else may be owed something.
    address[] internal _others = [COMMONS];

    /// @notice Each contract holds what it owes; where the token behaves, and gifts apart, not a unit more.
    function checkSolvency() external view {
        uint256 registryOwes = REGISTRY.commonsDueUnits();
        uint256 tasksOwe = 0;
        for (uint256 i = 0; i < _accountCount(); ++i) {
            registryOwes += REGISTRY.accountOf(_accountAt(i)).stakedUnits;
            tasksOwe += TASKS.creditOf(_accountAt(i));
        }
        for (uint256 i = 0; i < _mirrored.length; ++i) tasksOwe += _heldFor(_mirrored[i]);

        uint256 registryHolds = TOKEN.balanceOf(address(REGISTRY)) - _donated[address(REGISTRY)];
        uint256 tasksHold = TOKEN.balanceOf(address(TASKS)) - _donated[address(TASKS)];
        require(registryHolds >= registryOwes, "[G15] the registry holds stakes and what is due to the commons");
        require(tasksHold >= tasksOwe, "[G15] the task contract holds escrows, claims and credits");
        if (!_isKept()) return;
        require(registryHolds == registryOwes, "[G4] no token in the registry is without an owner");
        require(tasksHold == tasksOwe, "[G4] no token in the task contract is without an owner");
    }

    /// @dev By the contract's own facts: an escrow, what of it ballots may still earn, and claims that wait to be paid.
    function _heldFor(MirroredTask storage task) private view returns (uint256 units) {
        IFeedbackTasks.Facts memory facts = TASKS.factsOf(task.id);
        if (task.bondReleased) units += task.arrivedUnits - task.claimsPaidUnits - task.dustUnits;
        if (facts.cancelled || TASKS.stateOf(task.id) == IFeedbackTasks.State.Settled) return units;
        if (!facts.booksClosed) return units + facts.escrowUnits;
        uint256 reserved =
            uint256(facts.paidVotesHuman) * task.terms.humanPrice + uint256(facts.paidVotesAi) * task.terms.aiPrice;
        return units + reserved - facts.paidUnits;
    }

    /// @notice Stakes, locks and credits are what the events add up to; nothing is locked that is not staked.
    function checkAccounts() external view {
        for (uint256 i = 0; i < _accountCount(); ++i) {
            address account = _accountAt(i);
            IStakeRegistry.Account memory stored = REGISTRY.accountOf(account);
            require(stored.lockedUnits <= stored.stakedUnits, "[G2] locked <= staked");
            require(stored.lockedUnits == _lockOf[account], "[G2] locked is the sum of ballots' locks and bonds");
            require(stored.stakedUnits == _stakeOf[account], "[G2] a stake changes by its owner, a loss or a claim");
            require(
                TASKS.creditOf(account) == _creditOf[account],
                "[G13] a credit is what was earned and not withdrawn"
            );
        }
        require(REGISTRY.commonsDueUnits() == _commonsDue, "[G2] the commons are due what was lost");
    }

    /// @notice A seat is counted once, for whoever has the stake and did not leave.
    function checkSeats() external view {
        uint256[4] memory counted;
        for (uint256 i = 0; i < _accountCount(); ++i) {
            IStakeRegistry.Account memory stored = REGISTRY.accountOf(_accountAt(i));
            bool seated = stored.exitableAt == 0 && stored.stakedUnits >= MIN_STAKE;
            IStakeRegistry.Role role = REGISTRY.roleAt(_accountAt(i), _block() + 1);
            require((role != IStakeRegistry.Role.None) == seated, "a seat is held by who has the stake and stays");
            ++counted[uint256(role)];
        }
        for (uint256 role = 1; role < 4; ++role) {
            uint256 active = REGISTRY.activeSeatsAt(IStakeRegistry.Role(role), _block() + 1);
            require(active == counted[role], "[G5] seats are counted once");
        }
    }

    /// @notice What a task took in is what it gave out, as soon as it is over.
    function checkEscrows() external view {
        for (uint256 i = 0; i < _mirrored.length; ++i) {
            MirroredTask storage task = _mirrored[i];
            IFeedbackTasks.Facts memory facts = TASKS.factsOf(task.id);
            require(facts.escrowUnits == task.escrowUnits, "[G3] terms never change, nor what they cost");
            if (task.cancelled) require(task.refundUnits == task.escrowUnits, "[G4] who cancels gets everything back");
            if (!task.settled) continue;
            require(
                task.escrowUnits == task.refundUnits + task.feeUnits + task.paidUnits + task.restUnits,
                "[G11] escrow = refund + fees + pay + rest"
            );
        }
    }

    /// @notice Each ballot settles once, and the counters are counts.
    function checkBallots() external view {
        for (uint256 i = 0; i < _mirrored.length; ++i) {
            MirroredTask storage task = _mirrored[i];
            IFeedbackTasks.Facts memory facts = TASKS.factsOf(task.id);
            require(facts.ballotsCommitted == task.ballotsCommitted, "a record a validator is counted once");
            require(facts.ballotsSettled == task.ballotsSettled, "each ballot settles once");
            require(facts.ballotsSettled <= facts.ballotsCommitted, "no more settle than were committed");
            require(facts.paidUnits == task.paidUnits && facts.penaltyUnits == task.penaltyUnits, "sums are sums");
            require(facts.cancelled == task.cancelled && facts.opened == task.opened, "events tell a task's state");
            require(facts.bondReleased == task.bondReleased, "events tell of the bond");
            require(
                (TASKS.stateOf(task.id) == IFeedbackTasks.State.Settled) == task.settled,
                "[G4] a task is settled when its last ballot is"
            );
        }
    }

    /// @notice Tallies are the count of effective entries, and so are the votes that are paid for.
    function checkTallies() external view {
        for (uint256 i = 0; i < _mirrored.length; ++i) {
            MirroredTask storage task = _mirrored[i];
            if (!task.opened) continue;
            for (uint256 item = 0; item < task.terms.itemCount; ++item) {
                IFeedbackTasks.Tally memory tally = TASKS.tallyOf(task.id, item);
                uint256[6] storage votes = _votes[task.id][item];
                for (uint256 k = 0; k < 3; ++k) {
                    require(tally.human[k] == votes[k], "[G9] people's tallies count their effective entries");
                    require(tally.ai[k] == votes[3 + k], "[G9] AIs' tallies count their effective entries");
                }
            }
            IFeedbackTasks.Facts memory facts = TASKS.factsOf(task.id);
            (uint256 human, uint256 ai) = _paidVotes(task);
            require(facts.paidVotesHuman == human && facts.paidVotesAi == ai, "[G11] votes within quota are paid for");
        }
    }

    /// @notice Claims are paid from the bond alone, and to the last unit.
    function checkClaims() external view {
        for (uint256 i = 0; i < _mirrored.length; ++i) {
            MirroredTask storage task = _mirrored[i];
            uint256 bond = task.terms.operatorBond;
            require(task.claimsPaidUnits + task.dustUnits <= bond, "[G15] claims together never exceed the bond");
            if (!task.bondReleased) {
                require(task.claimsPaidUnits == 0 && task.seizedUnits == 0, "a bond is touched after its time alone");
                continue;
            }
            if (task.cancelled) continue;
            require(
                task.seizedUnits == _least(bond, task.claimedUnits),
                "of the bond no more is taken than is claimed"
            );
            uint256 claimants = 0;
            for (uint256 k = 0; k < _people.length; ++k) {
                MirroredBallot storage ballot = _ballots[task.id][_people[k]];
                if (ballot.claimUnits == 0) continue;
                ++claimants;
                if (!ballot.isClaimPaid) continue;
                uint256 share = (ballot.claimUnits * task.arrivedUnits) / task.claimedUnits;
                require(ballot.claimPaidUnits == share, "[G15] each claim is paid its share of what was taken");
            }
            require(task.dustUnits <= claimants, "rounding leaves less than a unit a claim");
            if (task.claimsOpen == 0) {
                require(task.claimsPaidUnits + task.dustUnits == task.arrivedUnits, "[G4] what was taken is paid out");
            }
        }
    }

    function _accountCount() internal view returns (uint256) {
        return _people.length + _others.length;
    }

    function _accountAt(uint256 i) internal view returns (address) {
        return i < _people.length ? _people[i] : _others[i - _people.length];
    }
}
