// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IFeedbackTasks} from "../../../../contracts/interfaces/IFeedbackTasks.sol";
import {IStakeRegistry} from "../../../../contracts/interfaces/IStakeRegistry.sol";
import {Dice} from "../world/Dice.sol";
import {Ballots} from "./Ballots.sol";

/// @title Ballots are committed: sound and flawed ones, older and newer, by wallets, sessions and strangers, in batches
abstract contract Committing is Ballots {
    /// @dev How the next ballot of a batch is signed.
    enum Hand {
        Wallet,
        Session,
        Stranger
    }

    function ballots(uint256 seed) external watched {
        Dice memory dice = Dice(seed);
        (bool found, uint256 place) = _taskIn(dice, IFeedbackTasks.State.Open, IFeedbackTasks.State.Committing);
        if (found) _commit(dice, _mirrored[place], dice.between(1, 5));
    }

    /// @dev A random task in one of two states, if there is any.
    function _taskIn(
        Dice memory dice,
        IFeedbackTasks.State one,
        IFeedbackTasks.State other
    ) internal view returns (bool found, uint256 place) {
        uint256 count = _mirrored.length;
        if (count == 0) return (false, 0);
        uint256 first = dice.roll(count);
        for (uint256 i = 0; i < count; ++i) {
            place = (first + i) % count;
            IFeedbackTasks.State state = TASKS.stateOf(_mirrored[place].id);
            if (state == one || state == other) return (true, place);
        }
    }

    function _commit(Dice memory dice, MirroredTask storage task, uint256 count) internal {
        IFeedbackTasks.SignedBallot[] memory batch = new IFeedbackTasks.SignedBallot[](count);
        for (uint256 i = 0; i < count; ++i) batch[i] = _ballot(dice, task, _anyValidator(dice));
        _send(task, batch);
    }

    /// @dev Most of them, each with a ballot of its own that is newer than what is there; some are malformed.
    function _commitMany(Dice memory dice, MirroredTask storage task) internal {
        uint256 count = dice.between(5, HUMANS + AIS);
        uint256 first = dice.roll(HUMANS + AIS);
        IFeedbackTasks.SignedBallot[] memory batch = new IFeedbackTasks.SignedBallot[](count);
        for (uint256 i = 0; i < count; ++i) {
            address validator = _people[(first + i) % (HUMANS + AIS)];
            Flaw flaw = dice.oneIn(6) ? Flaw(dice.roll(5)) : Flaw.None;
            batch[i] = _draft(task, validator, _newerThan(task, validator), Plan(dice.fork(), flaw));
            bool bySession = _sessionKeyOf[validator] != 0 && dice.oneIn(3);
            _signBallot(task, batch[i], bySession ? _sessionKeyOf[validator] : _keyOf[validator]);
        }
        _send(task, batch);
    }

    function _newerThan(MirroredTask storage task, address validator) internal view returns (uint32) {
        return TASKS.recordOf(task.id, validator).version + 1;
    }

    function _ballot(
        Dice memory dice,
        MirroredTask storage task,
        address validator
    ) private returns (IFeedbackTasks.SignedBallot memory ballot) {
        Flaw flaw = dice.oneIn(3) ? Flaw(dice.roll(5)) : Flaw.None;
        uint32 version = _newerThan(task, validator) + uint32(dice.oneIn(3) ? dice.roll(5) : 0);
        if (dice.oneIn(8)) version = uint32(dice.roll(2)) * (version - 1); // none, or one that is there already
        ballot = _draft(task, validator, version, Plan(dice.fork(), flaw));
        if (dice.oneIn(12)) ballot.judgments = dice.oneIn(2) ? 0 : task.terms.itemCount + 1;
        if (dice.oneIn(12)) ballot.admissionIndex = uint32(dice.roll(10));
        Hand hand =
            dice.oneIn(3)
                ? Hand.Session
                : dice.oneIn(10)
                    ? Hand.Stranger
                    : Hand.Wallet;
        if (hand == Hand.Session && _sessionKeyOf[validator] == 0) hand = Hand.Wallet;
        uint256 key =
            hand == Hand.Wallet
                ? _keyOf[validator]
                : hand == Hand.Session
                    ? _sessionKeyOf[validator]
                    : 4_242;
        _signBallot(task, ballot, key);
    }

    /// @dev [G7] [G8] Each element fares as the rules say of it, whatever stands beside it in the batch.
    function _send(MirroredTask storage task, IFeedbackTasks.SignedBallot[] memory batch) internal {
        IFeedbackTasks.Refusal[] memory expected = new IFeedbackTasks.Refusal[](batch.length);
        for (uint256 i = 0; i < batch.length; ++i) expected[i] = _expectedRefusal(task, batch[i]);
        IFeedbackTasks.Refusal[] memory refusals = TASKS.commit(task.id, batch);
        for (uint256 i = 0; i < batch.length; ++i) {
            if (_standsBefore(batch, i)) continue; // what came first has changed what is expected
            require(refusals[i] == expected[i], "[G8] a ballot is taken or passed over as the rules say");
            if (
                refusals[i] == IFeedbackTasks.Refusal.None && TASKS.recordOf(task.id, batch[i].validator).session != 0
            ) {
                ++times["committed by a session"];
            }
        }
    }

    function _standsBefore(IFeedbackTasks.SignedBallot[] memory batch, uint256 i) private pure returns (bool) {
        for (uint256 j = 0; j < i; ++j) if (batch[j].validator == batch[i].validator) return true;
        return false;
    }

    function _expectedRefusal(
        MirroredTask storage task,
        IFeedbackTasks.SignedBallot memory ballot
    ) private view returns (IFeedbackTasks.Refusal) {
        address validator = ballot.validator;
        IStakeRegistry.Role role = REGISTRY.roleAt(validator, task.snapshotBlock);
        bool isAi = role == IStakeRegistry.Role.Ai;
        if (!isAi && role != IStakeRegistry.Role.Human) return IFeedbackTasks.Refusal.NotActiveAtSnapshot;
        if (isAi && task.terms.conditionOnAi && _now() >= task.terms.aiClosesAt)
            return IFeedbackTasks.Refusal.AfterAiClose;
        if (!isAi && task.terms.humanAdmissionRoot != 0) {
            bool listed = ballot.admissionIndex == _keyOf[validator] - 1_000;
            if (!listed || ballot.admissionIndex >= task.terms.humanSeats) return IFeedbackTasks.Refusal.NotAdmitted;
        }
        if (!_isInPool(task, validator)) return IFeedbackTasks.Refusal.NotInPool;
        if (ballot.judgments == 0 || ballot.judgments > task.terms.itemCount) {
            return IFeedbackTasks.Refusal.JudgmentsOutOfRange;
        }
        return _expectedByRecord(task, ballot);
    }

    /// @dev Signature, rank among the validator's own ballots, and stake.
    function _expectedByRecord(
        MirroredTask storage task,
        IFeedbackTasks.SignedBallot memory ballot
    ) private view returns (IFeedbackTasks.Refusal) {
        address validator = ballot.validator;
        address signer = _signerOf(task, ballot);
        IStakeRegistry.Session memory session = REGISTRY.sessionOf(validator, signer);
        uint256 validAt = _least(_now(), task.terms.closesAt);
        bool inForce = session.authorizedAt != 0 && session.revokedAt == 0 && session.expiresAt > validAt;
        if (signer != validator && !inForce) return IFeedbackTasks.Refusal.BadSignature;

        IFeedbackTasks.Record memory record = TASKS.recordOf(task.id, validator);
        bool yields = record.version == 0 || _isRevoked(validator, record.session, session.number);
        // Wallet before session, then the version: as one number each.
        uint256 rank = (signer == validator ? 2 ** 32 : 0) + ballot.version;
        uint256 old = (record.session == 0 ? 2 ** 32 : 0) + record.version;
        if (ballot.version == 0 || (!yields && rank <= old)) return IFeedbackTasks.Refusal.NotNewer;

        uint256 lockUnits = _lockFor(task, validator, ballot.judgments);
        uint256 freeUnits = _stakeOf[validator] - _lockOf[validator] + _ballots[task.id][validator].lockUnits;
        return lockUnits > freeUnits ? IFeedbackTasks.Refusal.Unfunded : IFeedbackTasks.Refusal.None;
    }

    /// @dev A record of a since-revoked session yields to any valid ballot of another hand.
    function _isRevoked(address validator, uint16 session, uint16 ofSigner) private view returns (bool) {
        return session != 0 && session != ofSigner && REGISTRY.isSessionRevoked(validator, session);
    }

    function _signerOf(
        MirroredTask storage task,
        IFeedbackTasks.SignedBallot memory ballot
    ) private view returns (address) {
        bytes32 digest = TASKS.ballotDigest(
            task.id,
            ballot.validator,
            ballot.version,
            ballot.judgments,
            ballot.commitment
        );
        bytes32 s = bytes32(uint256(ballot.vs) & (2 ** 255 - 1));
        return ecrecover(digest, uint8(27 + (uint256(ballot.vs) >> 255)), ballot.r, s);
    }
}
