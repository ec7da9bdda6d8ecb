// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IFeedbackTasks} from "../../../../contracts/interfaces/IFeedbackTasks.sol";
import {IStakeRegistry} from "../../../../contracts/interfaces/IStakeRegistry.sol";
import {vm, Vm} from "../world/Vm.sol";
import {Actors} from "./Actors.sol";

/// @title What an onlooker knows who reads events alone
/// @notice Adds up stakes, locks, credits, votes and claims from the logs, and refuses what no rule allows. Invariants
/// hold the contracts against it, so a wrong figure and a wrong or missing event show alike.
abstract contract Mirror is Actors {
    struct MirroredTask {
        bytes32 id;
        address requester;
        IFeedbackTasks.Terms terms;
        uint256 snapshotBlock;
        uint256 escrowUnits;
        bytes32 seed;
        IFeedbackTasks.Draw human;
        IFeedbackTasks.Draw ai;
        bool opened;
        bool cancelled;
        bool booksClosed;
        bool settled;
        bool bondReleased;
        uint256 refundUnits;
        uint256 feeUnits;
        uint256 paidUnits;
        uint256 restUnits;
        uint256 penaltyUnits;
        uint256 seizedUnits;
        uint256 arrivedUnits;
        uint256 claimedUnits;
        uint256 claimsPaidUnits;
        uint256 dustUnits;
        uint256 claimsOpen;
        uint256 ballotsCommitted;
        uint256 ballotsSettled;
    }

    struct MirroredBallot {
        bool isAi;
        bool isCommitted;
        bool isOpened;
        bool isVoid;
        bool isSettled;
        uint256 lockUnits;
        uint256 claimUnits;
        bool isClaimPaid;
        uint256 claimPaidUnits;
        bytes effective;
    }

    mapping(address account => uint256) internal _stakeOf;
    mapping(address account => uint256) internal _lockOf;
    mapping(address account => uint256) internal _creditOf;
    uint256 internal _commonsDue;
    /// @dev What was sent to a contract without being asked for.
    mapping(address target => uint256) internal _donated;

    MirroredTask[] internal _mirrored;
    /// @dev One more than its place in `_mirrored`.
    mapping(bytes32 taskId => uint256) internal _placeOf;
    mapping(bytes32 taskId => mapping(address validator => MirroredBallot)) internal _ballots;
    /// @dev Votes for A, B, tie by people, then by AIs.
    mapping(bytes32 taskId => mapping(uint256 itemIndex => uint256[6])) internal _votes;
    /// @dev How often a thing happened: shows that the handler gets everywhere.
    mapping(string thing => uint256) public times;

    modifier watched() {
        vm.recordLogs();
        _;
        _absorb();
    }

    /// @dev Before a call that the token may undo: what was recorded so far did happen.
    modifier remembering() {
        _absorb();
        _;
    }

    /// @dev Recorded logs are not undone with the call that made them.
    function _forget() internal {
        vm.getRecordedLogs();
    }

    function _absorb() internal {
        Vm.Log[] memory logs = vm.getRecordedLogs();
        for (uint256 i = 0; i < logs.length; ++i) {
            if (logs[i].emitter == address(REGISTRY)) _absorbStakes(logs[i]);
            else if (logs[i].emitter == address(TASKS)) _absorbTasks(logs[i]);
        }
    }

    function _absorbStakes(Vm.Log memory log) private {
        bytes32 topic = log.topics[0];
        if (topic == IStakeRegistry.Joined.selector) {
            (uint256 stakeUnits, ) = abi.decode(log.data, (uint256, bytes32));
            _stakeOf[_account(log.topics[1])] += stakeUnits;
            ++times["joined"];
        } else if (topic == IStakeRegistry.StakeAdded.selector) {
            _stakeOf[_account(log.topics[1])] += abi.decode(log.data, (uint256));
            ++times["stake added"];
        } else if (topic == IStakeRegistry.StakeWithdrawn.selector) {
            _stakeOf[_account(log.topics[1])] -= abi.decode(log.data, (uint256));
            ++times["stake withdrawn"];
        } else if (topic == IStakeRegistry.StakeForfeited.selector) {
            uint256 lossUnits = abi.decode(log.data, (uint256));
            _stakeOf[_account(log.topics[2])] -= lossUnits;
            _commonsDue += lossUnits;
        } else if (topic == IStakeRegistry.StakeSeized.selector) {
            uint256 amountUnits = abi.decode(log.data, (uint256));
            _stakeOf[_account(log.topics[2])] -= amountUnits;
            MirroredTask storage task = _mirrored[_placeOf[log.topics[1]] - 1];
            task.seizedUnits += amountUnits;
            if (_isKept()) task.arrivedUnits += amountUnits;
            ++times["bond seized"];
        } else if (topic == IStakeRegistry.CommonsPaid.selector) {
            _commonsDue -= abi.decode(log.data, (uint256));
            ++times["commons paid"];
        } else if (topic == IStakeRegistry.SeatVacated.selector) {
            ++times["seat vacated"];
        }
    }

    function _absorbTasks(Vm.Log memory log) private {
        bytes32 topic = log.topics[0];
        if (topic == IFeedbackTasks.TaskCreated.selector) return _absorbCreated(log);
        if (topic == IFeedbackTasks.Withdrawn.selector) {
            address account = _account(log.topics[1]);
            require(abi.decode(log.data, (uint256)) == _creditOf[account], "[G13] a withdrawal pays the whole credit");
            _creditOf[account] = 0;
            ++times["credit withdrawn"];
            return;
        }
        MirroredTask storage task = _mirrored[_placeOf[log.topics[1]] - 1];
        if (topic == IFeedbackTasks.TaskOpened.selector) {
            require(!task.opened && !task.cancelled, "[G4] a task opens once");
            (task.seed, task.human, task.ai) = abi.decode(
                log.data,
                (bytes32, IFeedbackTasks.Draw, IFeedbackTasks.Draw)
            );
            task.opened = true;
            ++times["opened"];
        } else if (topic == IFeedbackTasks.TaskCancelled.selector) {
            require(!task.opened && !task.cancelled, "[G4] only a task that never opened is cancelled, once");
            task.cancelled = true;
            task.refundUnits = abi.decode(log.data, (uint256));
            _creditOf[task.requester] += task.refundUnits;
            ++times["cancelled"];
        } else if (topic == IFeedbackTasks.BooksClosed.selector) {
            _absorbBooks(task, log);
        } else if (topic == IFeedbackTasks.TaskSettled.selector) {
            _absorbEnd(task, log);
        } else if (topic == IFeedbackTasks.BondReleased.selector) {
            require(!task.bondReleased, "[G2] a bond is released once");
            task.bondReleased = true;
            _lockOf[task.terms.operator] -= task.terms.operatorBond;
            uint256 freedUnits = abi.decode(log.data, (uint256));
            require(
                freedUnits + task.seizedUnits == task.terms.operatorBond,
                "a bond is freed or seized, no third way"
            );
        } else if (topic == IFeedbackTasks.GoldJudged.selector) {
            (, , bool gate) = abi.decode(log.data, (uint256, uint256, bool));
            ++times[gate ? "gate" : "no gate"];
        } else if (topic == IFeedbackTasks.GoldGateFailed.selector) {
            ++times["gate failed"];
        } else if (log.topics.length == 3) {
            _absorbBallot(task, _account(log.topics[2]), topic, log.data);
        }
    }

    function _absorbCreated(Vm.Log memory log) private {
        MirroredTask storage task = _mirrored.push();
        _placeOf[log.topics[1]] = _mirrored.length;
        task.id = log.topics[1];
        task.requester = _account(log.topics[2]);
        IFeedbackTasks.Terms memory terms;
        (, task.escrowUnits, task.snapshotBlock, , terms) = abi.decode(
            log.data,
            (uint256, uint256, uint256, uint256, IFeedbackTasks.Terms)
        );
        task.terms = terms;
        _lockOf[terms.operator] += terms.operatorBond;
        ++times["created"];
    }

    function _absorbBooks(MirroredTask storage task, Vm.Log memory log) private {
        require(!task.booksClosed, "[G11] books are closed once");
        task.booksClosed = true;
        (task.refundUnits, task.feeUnits) = abi.decode(log.data, (uint256, uint256));
        (uint256 human, uint256 ai) = _paidVotes(task);
        IFeedbackTasks.Terms memory terms = task.terms;
        require(
            task.refundUnits ==
                (uint256(terms.itemCount) * terms.humanVotes - human) *
                    (uint256(terms.humanPrice) + terms.operatorFee) +
                    (uint256(terms.itemCount) * terms.aiVotes - ai) * (uint256(terms.aiPrice) + terms.operatorFee),
            "[G11] what no vote used goes back to the requester"
        );
        require(task.feeUnits == (human + ai) * terms.operatorFee, "[G11] a fee for every vote that is paid for");
        _creditOf[task.requester] += task.refundUnits;
        _creditOf[terms.operator] += task.feeUnits;
    }

    function _absorbEnd(MirroredTask storage task, Vm.Log memory log) private {
        require(task.booksClosed && !task.settled, "[G4] a task is settled once, after its books are closed");
        require(task.ballotsSettled == task.ballotsCommitted, "[G4] a task is settled when all ballots are");
        task.settled = true;
        uint256 paidUnits;
        uint256 penaltyUnits;
        (paidUnits, task.restUnits, penaltyUnits) = abi.decode(log.data, (uint256, uint256, uint256));
        require(paidUnits == task.paidUnits, "[G11] the task's sum of pay is that of its ballots");
        require(penaltyUnits == task.penaltyUnits, "[G2] the task's sum of losses is that of its ballots");
        _creditOf[COMMONS] += task.restUnits;
        ++times["settled"];
    }

    function _absorbBallot(MirroredTask storage task, address validator, bytes32 topic, bytes memory data) private {
        MirroredBallot storage ballot = _ballots[task.id][validator];
        if (topic == IFeedbackTasks.BallotCommitted.selector) {
            (, , , , , uint256 lockUnits) = abi.decode(data, (address, uint32, uint16, uint16, bytes32, uint256));
            if (!ballot.isCommitted) ++task.ballotsCommitted;
            else ++times["replaced"];
            ballot.isCommitted = true;
            ballot.isAi = REGISTRY.roleAt(validator, task.snapshotBlock) == IStakeRegistry.Role.Ai;
            _lockOf[validator] = _lockOf[validator] - ballot.lockUnits + lockUnits;
            ballot.lockUnits = lockUnits;
            ++times["committed"];
        } else if (topic == IFeedbackTasks.BallotUnfunded.selector) {
            ++times["unfunded"];
        } else if (topic == IFeedbackTasks.BallotRevealed.selector) {
            require(ballot.isCommitted && !ballot.isOpened, "a ballot is opened once");
            ballot.isOpened = true;
            ballot.effective = abi.decode(data, (bytes));
            _count(task.id, ballot.isAi, ballot.effective);
            ++times[ballot.isAi ? "revealed by an AI" : "revealed"];
        } else if (topic == IFeedbackTasks.BallotVoided.selector) {
            require(ballot.isCommitted && !ballot.isOpened, "a ballot is opened once");
            ballot.isOpened = true;
            ballot.isVoid = true;
            _end(task, ballot, validator);
            ++times["voided"];
        } else if (topic == IFeedbackTasks.BallotForfeited.selector) {
            require(!ballot.isOpened, "who opened forfeits nothing");
            uint256 lossUnits = abi.decode(data, (uint256));
            require(lossUnits == ballot.lockUnits, "[G2] what is forfeited is the lock");
            task.penaltyUnits += lossUnits;
            _end(task, ballot, validator);
            ++times["forfeited"];
        } else if (topic == IFeedbackTasks.BallotSettled.selector) {
            _absorbOutcome(task, ballot, validator, data);
        } else {
            _absorbClaim(task, ballot, validator, topic, data);
        }
    }

    function _absorbOutcome(
        MirroredTask storage task,
        MirroredBallot storage ballot,
        address validator,
        bytes memory data
    ) private {
        (, , , uint256 payUnits, uint256 lossUnits) = abi.decode(data, (int32, uint16, int32, uint256, uint256));
        require(ballot.isOpened && !ballot.isVoid, "who did not open earns nothing");
        require(payUnits == 0 || lossUnits == 0, "pay or loss, not both");
        require(lossUnits <= ballot.lockUnits, "[G2] no loss exceeds what was locked for it");
        require(payUnits <= _reservedFor(task, ballot), "[G11] no pay exceeds what the ballot's items reserved");
        task.paidUnits += payUnits;
        task.penaltyUnits += lossUnits;
        _creditOf[validator] += payUnits;
        _end(task, ballot, validator);
        ++times[
            payUnits != 0
                ? "paid"
                : lossUnits != 0
                    ? "penalised"
                    : "neither"
        ];
    }

    function _absorbClaim(
        MirroredTask storage task,
        MirroredBallot storage ballot,
        address validator,
        bytes32 topic,
        bytes memory data
    ) private {
        if (topic == IFeedbackTasks.OmissionClaimed.selector) {
            uint256 before = ballot.claimUnits;
            ballot.claimUnits = abi.decode(data, (uint256));
            require(ballot.claimUnits > before, "only a larger claim takes the place of another");
            task.claimedUnits += ballot.claimUnits - before;
            if (before == 0) ++task.claimsOpen;
            ++times[before == 0 ? "claimed" : "claimed more"];
            if (ballot.isCommitted && !ballot.isOpened) ++times["claimed a forfeited lock"];
        } else if (topic == IFeedbackTasks.ClaimPaid.selector) {
            (uint256 paidUnits, uint256 dustUnits) = abi.decode(data, (uint256, uint256));
            require(ballot.claimUnits != 0 && !ballot.isClaimPaid, "a claim is paid at most once");
            require(paidUnits <= ballot.claimUnits, "no claim is paid above itself");
            ballot.isClaimPaid = true;
            ballot.claimPaidUnits = paidUnits;
            --task.claimsOpen;
            require(dustUnits == 0 || task.claimsOpen == 0, "dust goes with the last claim");
            task.claimsPaidUnits += paidUnits;
            task.dustUnits += dustUnits;
            _creditOf[validator] += paidUnits;
            _creditOf[COMMONS] += dustUnits;
            ++times[paidUnits == ballot.claimUnits ? "claim paid" : "claim paid in part"];
            if (dustUnits != 0) ++times["dust"];
        }
    }

    function _end(MirroredTask storage task, MirroredBallot storage ballot, address validator) private {
        require(!ballot.isSettled, "a ballot is settled once");
        ballot.isSettled = true;
        _lockOf[validator] -= ballot.lockUnits;
        ballot.lockUnits = 0;
        ++task.ballotsSettled;
    }

    function _count(bytes32 taskId, bool isAi, bytes memory effective) private {
        for (uint256 i = 0; i < effective.length; i += 4) {
            (uint256 itemIndex, uint256 verdict) = _entryAt(effective, i);
            ++_votes[taskId][itemIndex][(isAi ? 3 : 0) + verdict];
        }
    }

    /// @dev F of either role: votes within the quota of their item.
    function _paidVotes(MirroredTask storage task) internal view returns (uint256 human, uint256 ai) {
        (uint256 humanQuota, uint256 aiQuota) = (task.terms.humanVotes, task.terms.aiVotes);
        for (uint256 i = 0; i < task.terms.itemCount; ++i) {
            human += _least(_votesOn(task.id, i, false), humanQuota);
            ai += _least(_votesOn(task.id, i, true), aiQuota);
        }
    }

    /// @dev The ballot's equal share of what each of its items reserves, all rounded down at the end.
    function _reservedFor(MirroredTask storage task, MirroredBallot storage ballot) private view returns (uint256) {
        uint256 quota = ballot.isAi ? task.terms.aiVotes : task.terms.humanVotes;
        uint256 price = ballot.isAi ? task.terms.aiPrice : task.terms.humanPrice;
        uint256 shares = 0;
        bytes memory effective = ballot.effective;
        for (uint256 i = 0; i < effective.length; i += 4) {
            (uint256 itemIndex, ) = _entryAt(effective, i);
            uint256 votes = _votesOn(task.id, itemIndex, ballot.isAi);
            shares += (360360 * _least(quota, votes)) / votes;
        }
        return (price * shares) / 360360;
    }

    function _votesOn(bytes32 taskId, uint256 itemIndex, bool ofAis) internal view returns (uint256) {
        uint256[6] storage votes = _votes[taskId][itemIndex];
        return ofAis ? votes[3] + votes[4] + votes[5] : votes[0] + votes[1] + votes[2];
    }

    function _entryAt(bytes memory entries, uint256 offset) internal pure returns (uint256 itemIndex, uint256 verdict) {
        itemIndex =
            (uint256(uint8(entries[offset])) << 16) |
            (uint256(uint8(entries[offset + 1])) << 8) |
            uint8(entries[offset + 2]);
        verdict = uint8(entries[offset + 3]);
    }

    function _least(uint256 a, uint256 b) internal pure returns (uint256) {
        return a < b ? a : b;
    }

    function _account(bytes32 topic) private pure returns (address) {
        return address(uint160(uint256(topic)));
    }
}
