// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IFeedbackTasks} from "../../../../contracts/interfaces/IFeedbackTasks.sol";
import {Dice} from "../world/Dice.sol";
import {Settling} from "./Settling.sol";

/// @title Validators claim what the operator held and left out; bonds are released, claims paid
abstract contract Claiming is Settling {
    function claims(uint256 seed) external watched {
        Dice memory dice = Dice(seed);
        if (_mirrored.length == 0) return;
        MirroredTask storage task = _mirrored[dice.roll(_mirrored.length)];
        if (dice.oneIn(2)) _claim(dice, task, _anyValidator(dice));
        else if (dice.oneIn(2)) _releaseBond(task);
        else _payClaim(task, _anyValidator(dice));
    }

    /// @dev A ballot newer than the record, signed by the wallet and receipted, that nobody committed. Drawn anew each time,
    /// so that a validator's claims are now larger, now smaller than the one before.
    function _claim(Dice memory dice, MirroredTask storage task, address validator) internal {
        if (!task.opened) return;
        IFeedbackTasks.Record memory record = TASKS.recordOf(task.id, validator);
        uint32 version = 1 + (record.version > record.unfundedVersion ? record.version : record.unfundedVersion);
        IFeedbackTasks.SignedBallot memory ballot = _draft(task, validator, version, Plan(dice.fork(), Flaw.None));
        _signBallot(task, ballot, _keyOf[validator]);
        (bytes32 r, bytes32 vs) = _receipt(task.id, ballot);
        MirroredBallot storage mirrored = _ballots[task.id][validator];
        IFeedbackTasks.Opening memory opening = _openingOf(task, validator, _planOf[bytes22(ballot.commitment)]);
        uint256 claimUnits = _expectedClaim(task, validator, opening.entries);
        uint256 before = mirrored.claimUnits;
        bool inTime =
            _now() >= task.terms.revealEndsAt && _now() < task.terms.revealEndsAt + CLAIM_WINDOW && !task.bondReleased;

        try TASKS.claimOmission(task.id, ballot, r, vs, opening, mirrored.isVoid ? bytes("") : mirrored.effective) {
            require(inTime && claimUnits > before, "a claim is for more than the one before, in its time");
            require(_isInPool(task, validator), "only who could have committed claims");
            _absorb();
            require(mirrored.claimUnits == claimUnits, "a claim is the price of what was left out and the lock lost");
        } catch {
            require(
                !inTime || claimUnits <= before || !_couldCommit(task, ballot),
                "whoever holds a receipt for what was left out can claim it"
            );
        }
    }

    function _couldCommit(
        MirroredTask storage task,
        IFeedbackTasks.SignedBallot memory ballot
    ) private view returns (bool) {
        bool isListed =
            _isAi(task, ballot.validator) ||
                task.terms.humanAdmissionRoot == 0 ||
                ballot.admissionIndex < task.terms.humanSeats;
        bool seated = uint256(REGISTRY.roleAt(ballot.validator, task.snapshotBlock)) != 0;
        return seated && isListed && _isInPool(task, ballot.validator);
    }

    /// @dev The price of every entry with a ticket beyond those that count, and the lock of an unopened record.
    function _expectedClaim(
        MirroredTask storage task,
        address validator,
        bytes memory entries
    ) private view returns (uint256) {
        uint256 threshold = _drawFor(task, validator).threshold;
        uint256 withTicket = 0;
        for (uint256 offset = 0; offset < entries.length; offset += 4) {
            (uint256 item, ) = _entryAt(entries, offset);
            bool isItem = item < task.terms.itemCount;
            if (isItem && _ticketOf(task.seed, validator, item) >> 1 < threshold) ++withTicket;
        }
        MirroredBallot storage mirrored = _ballots[task.id][validator];
        uint256 counted = mirrored.effective.length / 4;
        uint256 lost = 0;
        if (mirrored.isCommitted && !mirrored.isOpened) {
            lost = _lockFor(task, validator, TASKS.recordOf(task.id, validator).judgments);
        }
        return lost + (withTicket > counted ? withTicket - counted : 0) * _priceFor(task, validator);
    }

    function _receipt(
        bytes32 taskId,
        IFeedbackTasks.SignedBallot memory ballot
    ) private view returns (bytes32 r, bytes32 vs) {
        bytes32 structHash = keccak256(
            abi.encode(
                keccak256(
                    "OpeningReceipt(bytes32 taskId,address validator,uint32 version,uint16 judgments,bytes32 commitment)"
                ),
                taskId,
                ballot.validator,
                ballot.version,
                ballot.judgments,
                ballot.commitment
            )
        );
        return _signCompact(RECEIPT_KEY, _typed(address(TASKS), structHash));
    }

    function _releaseBond(MirroredTask storage task) internal remembering {
        bool possible = !task.bondReleased && _now() >= task.terms.revealEndsAt + CLAIM_WINDOW;
        uint256 before = TOKEN.balanceOf(address(TASKS));
        try TASKS.releaseBond(task.id) {
            if (!_isKept()) task.arrivedUnits = TOKEN.balanceOf(address(TASKS)) - before;
            require(possible, "[G2] a bond stays until the claim window is over");
        } catch {
            _forget();
            require(!possible || _isRefused(address(TASKS)), "[G4] anybody can release a bond after the claim window");
        }
    }

    function _payClaim(MirroredTask storage task, address validator) internal {
        MirroredBallot storage ballot = _ballots[task.id][validator];
        bool possible = task.bondReleased && ballot.claimUnits != 0 && !ballot.isClaimPaid;
        try TASKS.payClaim(task.id, validator) {
            require(possible, "a claim is paid once, after the bond is released");
        } catch {
            require(!possible, "[G4] anybody can have a claim paid");
        }
    }
}
