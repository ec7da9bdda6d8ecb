// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IFeedbackTasks} from "../../../../contracts/interfaces/IFeedbackTasks.sol";
import {IStakeRegistry} from "../../../../contracts/interfaces/IStakeRegistry.sol";
import {Dice} from "../world/Dice.sol";
import {Tasks} from "./Tasks.sol";

/// @title What validators think, packed and sealed; made anew from a seed whenever it is needed
abstract contract Ballots is Tasks {
    enum Flaw {
        None,
        Strangers,
        Unordered,
        BadVerdict,
        CutShort
    }

    /// @dev A ballot is its validator's, its version's and its seed's; by its commitment it is found again.
    struct Plan {
        uint256 seed;
        Flaw flaw;
    }

    mapping(bytes22 fingerprint => Plan) internal _planOf;

    bytes32 private constant NOTES_HASH = keccak256("notes");

    /// @return entries as the validator saw the items: left, right, tie
    function _entries(
        MirroredTask storage task,
        address validator,
        Plan memory plan
    ) internal view returns (bytes memory entries) {
        Dice memory dice = Dice(plan.seed);
        uint256 style = dice.roll(8);
        uint256 share = dice.roll(3); // all of the items that are theirs, half of them, or the first few
        uint256 most = share == 2 ? 4 : type(uint256).max;
        uint256 truth = _secretOf[task.id].truth;
        uint256 threshold = _drawFor(task, validator).threshold;
        uint256 count = 0;
        entries = new bytes(4 * (task.terms.itemCount + 2));
        for (uint256 i = 0; i < task.terms.itemCount && count < most; ++i) {
            uint256 ticket = _ticketOf(task.seed, validator, i);
            bool theirs = ticket >> 1 < threshold;
            if (!theirs && !(plan.flaw == Flaw.Strangers && dice.oneIn(3))) continue;
            if (share == 1 && dice.oneIn(2)) continue;
            // Half of them know the truth mostly; some see only left, always say A, throw dice, or lie.
            uint256 label = dice.oneIn(6) ? dice.roll(3) : _truthOf(truth, i);
            if (style == 4) label = ticket & 1;
            if (style == 5) label = 0;
            if (style == 6) label = dice.roll(3);
            if (style == 7 && label < 2) label ^= 1;
            _put(entries, count++, i, label < 2 ? label ^ (ticket & 1) : label);
        }
        if (plan.flaw == Flaw.Strangers) _put(entries, count++, task.terms.itemCount + 5, 1);
        if (plan.flaw == Flaw.BadVerdict) _put(entries, count++, 2 ** 24 - 1, 3);
        if (plan.flaw == Flaw.Unordered) {
            _put(entries, count++, 0, 0);
            _put(entries, count++, 0, 0);
        }
        if (count == 0) _put(entries, count++, 0, 0);
        _shorten(entries, 4 * count);
        if (plan.flaw == Flaw.CutShort) entries = bytes.concat(entries, hex"ffffff");
    }

    /// @dev What of it counts, by the rules as they are written, given the votes that the mirror holds so far.
    function _effective(
        MirroredTask storage task,
        address validator,
        bytes memory entries
    ) internal view returns (bytes memory effective) {
        bool isAi = _isAi(task, validator);
        uint256 threshold = _drawFor(task, validator).threshold;
        uint256 count = 0;
        effective = new bytes(entries.length);
        for (uint256 offset = 0; offset < entries.length; offset += 4) {
            (uint256 item, uint256 verdict) = _entryAt(entries, offset);
            if (item >= task.terms.itemCount) continue;
            uint256 ticket = _ticketOf(task.seed, validator, item);
            if (ticket >> 1 >= threshold || _votesOn(task.id, item, isAi) >= (isAi ? 7 : 15)) continue;
            _put(effective, count++, item, verdict < 2 ? verdict ^ (ticket & 1) : verdict);
        }
        _shorten(effective, 4 * count);
    }

    function _put(bytes memory entries, uint256 place, uint256 item, uint256 verdict) private pure {
        entries[4 * place] = bytes1(uint8(item >> 16));
        entries[4 * place + 1] = bytes1(uint8(item >> 8));
        entries[4 * place + 2] = bytes1(uint8(item));
        entries[4 * place + 3] = bytes1(uint8(verdict));
    }

    /// @dev Memory behind the shortened bytes stays unused.
    function _shorten(bytes memory entries, uint256 length) private pure {
        assembly ("memory-safe") {
            mstore(entries, length)
        }
    }

    function _isWellFormed(bytes memory entries, uint256 judgments) internal pure returns (bool) {
        if (entries.length != 4 * judgments) return false;
        uint256 next = 0;
        for (uint256 offset = 0; offset < entries.length; offset += 4) {
            (uint256 item, uint256 verdict) = _entryAt(entries, offset);
            if (item < next || verdict > 2) return false;
            next = item + 1;
        }
        return true;
    }

    function _commitment(
        bytes32 taskId,
        address validator,
        uint32 version,
        Plan memory plan,
        bytes memory entries
    ) internal view returns (bytes32) {
        return
            keccak256(
                abi.encode(
                    keccak256(
                        "Opening(uint256 chainId,address tasks,bytes32 taskId,address validator,uint32 version,bytes32 salt,bytes32 entriesHash,bytes32 notesHash)"
                    ),
                    block.chainid,
                    address(TASKS),
                    taskId,
                    validator,
                    version,
                    bytes32(plan.seed),
                    keccak256(entries),
                    NOTES_HASH
                )
            );
    }

    function _openingOf(
        MirroredTask storage task,
        address validator,
        Plan memory plan
    ) internal view returns (IFeedbackTasks.Opening memory) {
        return IFeedbackTasks.Opening(validator, bytes32(plan.seed), NOTES_HASH, _entries(task, validator, plan));
    }

    /// @dev A ballot ready to be sent, unsigned. Its list place is the validator's own where there is a list.
    function _draft(
        MirroredTask storage task,
        address validator,
        uint32 version,
        Plan memory plan
    ) internal returns (IFeedbackTasks.SignedBallot memory ballot) {
        bytes memory entries = _entries(task, validator, plan);
        ballot.validator = validator;
        ballot.version = version;
        ballot.judgments = uint16(entries.length / 4);
        ballot.commitment = _commitment(task.id, validator, version, plan, entries);
        _planOf[bytes22(ballot.commitment)] = plan;
        uint256 place = _keyOf[validator] - 1_000;
        if (place < HUMANS && task.terms.humanAdmissionRoot != 0) {
            ballot.admissionIndex = uint32(place);
            ballot.admissionProof = _listProof(place);
        }
    }

    function _signBallot(
        MirroredTask storage task,
        IFeedbackTasks.SignedBallot memory ballot,
        uint256 key
    ) internal view {
        bytes32 digest = TASKS.ballotDigest(
            task.id,
            ballot.validator,
            ballot.version,
            ballot.judgments,
            ballot.commitment
        );
        (ballot.r, ballot.vs) = _signCompact(key, digest);
    }

    function _isAi(MirroredTask storage task, address validator) internal view returns (bool) {
        return REGISTRY.roleAt(validator, task.snapshotBlock) == IStakeRegistry.Role.Ai;
    }

    function _drawFor(MirroredTask storage task, address validator) internal view returns (IFeedbackTasks.Draw memory) {
        return _isAi(task, validator) ? task.ai : task.human;
    }

    function _priceFor(MirroredTask storage task, address validator) internal view returns (uint256) {
        return _isAi(task, validator) ? task.terms.aiPrice : task.terms.humanPrice;
    }

    function _lockFor(MirroredTask storage task, address validator, uint256 judgments) internal view returns (uint256) {
        return (judgments * _priceFor(task, validator) * task.terms.maxPenalty + 999_999) / 1_000_000;
    }

    function _ticketOf(bytes32 seed, address validator, uint256 itemIndex) internal pure returns (uint256) {
        return uint256(keccak256(abi.encode(seed, validator, itemIndex)));
    }

    function _isInPool(MirroredTask storage task, address validator) internal view returns (bool) {
        IFeedbackTasks.Draw memory draw = _drawFor(task, validator);
        if (draw.pool == 0) return false;
        if (draw.pool == draw.seats) return true;
        // Where some are left out: limit = floor((2^256 − 1)·pool/seats), in two parts that do not overflow.
        uint256 whole = (type(uint256).max / draw.seats) * draw.pool;
        uint256 part = ((type(uint256).max % draw.seats) * draw.pool) / draw.seats;
        return uint256(keccak256(abi.encode(task.seed, validator))) <= whole + part;
    }
}
