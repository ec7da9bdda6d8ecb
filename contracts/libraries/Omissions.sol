// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {MessageHashUtils} from "@openzeppelin/contracts/utils/cryptography/MessageHashUtils.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {BitMaps} from "@openzeppelin/contracts/utils/structs/BitMaps.sol";

import {IFeedbackTasks} from "../interfaces/IFeedbackTasks.sol";
import {IStakeRegistry} from "../interfaces/IStakeRegistry.sol";
import {Admission} from "./Admission.sol";
import {BallotCodec} from "./BallotCodec.sol";
import {BallotRecord} from "./BallotRecord.sol";
import {Draws} from "./Draws.sol";
import {Pay} from "./Pay.sol";
import {Task} from "./Task.sol";

/// @notice A task's claims of omission, and what is left of the bond to pay them.
/// @param seizedUnits what was taken from the bond, as it arrived
/// @param heldUnits of that, what is not yet credited
/// @param unpaid how many claims were not paid yet
/// @param claimOf no units for who never claimed, and again once the claim is paid
struct OmissionBook {
    uint256 claimedUnits;
    uint256 seizedUnits;
    uint256 heldUnits;
    uint256 unpaid;
    mapping(address validator => Claim) claimOf;
}

/// @param units below 2^110
/// @param admissionIndex the place on the list that it was made under
struct Claim {
    uint224 units;
    uint32 admissionIndex;
}

/// @title The bond answers for ballots that the operator gave a receipt for and neither committed nor opened
/// @notice A linked library, for the contract's size. `protocol/claims.ts` and `protocol/bond-shares.ts` are the twin;
/// docs/protocol.md, section 8, is the rule.
///
/// What the operator could not have helped is no omission: a session that was revoked, stake that was drained, a record
/// that the validator, or who had its key, made newer.
library Omissions {
    using BitMaps for BitMaps.BitMap;

    /// @dev What the contract knows and a library does not.
    struct Context {
        bytes32 taskId;
        bytes32 domainSeparator;
        IStakeRegistry registry;
        uint256 claimWindow;
    }

    /// @dev What a validator's role makes of the terms.
    struct RoleTerms {
        bool isAi;
        uint256 price;
        bytes32 root;
        uint256 admitted;
    }

    /// @notice Records a claim, or reverts with what speaks against it.
    /// @param recordedEntries the effective entries of the record beside it, where that is opened
    function claim(
        OmissionBook storage book,
        Task storage task,
        BallotRecord record,
        uint32 unfundedVersion,
        mapping(bool isAi => BitMaps.BitMap) storage admissionIndexes,
        Context calldata context,
        IFeedbackTasks.SignedBallot calldata ballot,
        bytes32 receiptR,
        bytes32 receiptVs,
        IFeedbackTasks.Opening calldata opening,
        bytes calldata recordedEntries
    ) external {
        bytes32 taskId = context.taskId;
        address validator = ballot.validator;
        uint256 from = task.revealEndsAt;
        uint256 until = from + context.claimWindow;
        if (block.timestamp < from || block.timestamp >= until) {
            revert IFeedbackTasks.ClaimOutsideWindow(taskId, from, until);
        }
        if (!_isReceipt(task, context, ballot, receiptR, receiptVs)) {
            revert IFeedbackTasks.BadReceipt(taskId, validator);
        }

        (IFeedbackTasks.Refusal refusal, RoleTerms memory role) = _checkSeat(
            task,
            record,
            book.claimOf[validator],
            admissionIndexes,
            context,
            ballot
        );
        if (refusal == IFeedbackTasks.Refusal.None)
            refusal = _checkBallot(task, record, unfundedVersion, context, ballot);
        if (refusal == IFeedbackTasks.Refusal.None) refusal = _checkOpening(taskId, ballot, opening);
        bool counts = record.isOpened() && !record.isVoid();
        if (refusal == IFeedbackTasks.Refusal.None && counts && !record.isOf(keccak256(recordedEntries))) {
            refusal = IFeedbackTasks.Refusal.WrongEntries;
        }
        if (refusal != IFeedbackTasks.Refusal.None) revert IFeedbackTasks.NotClaimable(taskId, validator, refusal);

        uint256 effective = counts ? recordedEntries.length / BallotCodec.ENTRY_BYTES : 0;
        uint256 claimUnits = _claimUnits(task, record, role, validator, opening.entries, effective);
        if (claimUnits == 0) revert IFeedbackTasks.NothingToClaim(taskId, validator);
        // Anybody can claim for an older version, the operator first of all: what is more takes its place.
        uint256 claimedBefore = book.claimOf[validator].units;
        if (claimUnits <= claimedBefore) revert IFeedbackTasks.AlreadyClaimed(taskId, validator);

        // One place on a list serves one address, at commit and here.
        if (role.root != 0) admissionIndexes[role.isAi].set(ballot.admissionIndex);
        // A claim is below 2^96 · 4,096 · 2, so the sum of as many as there are addresses in use stays below 2^256.
        book.claimOf[validator] = Claim(uint224(claimUnits), ballot.admissionIndex);
        book.claimedUnits += claimUnits - claimedBefore;
        if (claimedBefore == 0) ++book.unpaid;

        emit IFeedbackTasks.OmissionClaimed(taskId, validator, claimUnits);
    }

    /// @notice Ends the bond's lock: as much as was claimed is taken from it, the rest is the operator's again. The caller
    /// checks the time and that it happens once.
    function releaseBond(
        OmissionBook storage book,
        Task storage task,
        bytes32 taskId,
        IStakeRegistry registry
    ) external {
        (address operator, uint256 bondUnits) = (task.operator, task.operatorBond);
        uint256 seizedUnits = Math.min(bondUnits, book.claimedUnits);
        uint256 freedUnits = bondUnits - seizedUnits;

        task.bondReleased = true;
        registry.unlock(taskId, operator, freedUnits);
        if (seizedUnits != 0) {
            IERC20 token = IERC20(registry.token());
            uint256 before = token.balanceOf(address(this));
            registry.seize(taskId, operator, seizedUnits);
            // A token that keeps a fee delivers less: no more is promised than came [G15].
            uint256 receivedUnits = Math.min(seizedUnits, token.balanceOf(address(this)) - before);
            book.seizedUnits = receivedUnits;
            book.heldUnits = receivedUnits;
        }

        emit IFeedbackTasks.BondReleased(taskId, operator, freedUnits);
    }

    /// @notice Credits one claim its share of the bond. What rounding leaves goes to the commons with the last one.
    function pay(
        OmissionBook storage book,
        Task storage task,
        mapping(address account => uint256) storage creditOf,
        bytes32 taskId,
        address validator,
        address commons
    ) external {
        if (!task.bondReleased) revert IFeedbackTasks.BondNotReleased(taskId);
        uint256 claimUnits = book.claimOf[validator].units;
        if (claimUnits == 0) revert IFeedbackTasks.NoClaim(taskId, validator);

        // claim < 2^110, bond < 2^96. Where the bond covers all claims, what was seized is their sum.
        uint256 paidUnits = (claimUnits * book.seizedUnits) / book.claimedUnits;
        // Shares are rounded down, so together they never exceed what was taken.
        uint256 leftUnits = book.heldUnits - paidUnits;
        uint256 unpaid = book.unpaid - 1;
        uint256 dustUnits = unpaid == 0 ? leftUnits : 0;

        delete book.claimOf[validator];
        book.heldUnits = leftUnits - dustUnits;
        book.unpaid = unpaid;
        creditOf[validator] += paidUnits;
        creditOf[commons] += dustUnits;

        emit IFeedbackTasks.ClaimPaid(taskId, validator, paidUnits, dustUnits);
    }

    /// @dev The receipt is over the ballot's own fields: it carries the same version, count and commitment.
    function _isReceipt(
        Task storage task,
        Context calldata context,
        IFeedbackTasks.SignedBallot calldata ballot,
        bytes32 receiptR,
        bytes32 receiptVs
    ) private view returns (bool) {
        bytes32 digest = _digest(BallotCodec.RECEIPT_TYPEHASH, context, ballot);
        (address signer, ECDSA.RecoverError failure, ) = ECDSA.tryRecover(digest, receiptR, receiptVs);
        return failure == ECDSA.RecoverError.NoError && signer == task.receiptKey;
    }

    /// @dev Seat, admission and pool, as at commit.
    function _checkSeat(
        Task storage task,
        BallotRecord record,
        Claim storage made,
        mapping(bool isAi => BitMaps.BitMap) storage admissionIndexes,
        Context calldata context,
        IFeedbackTasks.SignedBallot calldata ballot
    ) private view returns (IFeedbackTasks.Refusal, RoleTerms memory role) {
        IStakeRegistry.Role held = context.registry.roleAt(ballot.validator, task.snapshotBlock);
        if (held == IStakeRegistry.Role.Human) {
            role = RoleTerms(false, task.humanPrice, task.humanAdmissionRoot, task.humanAdmitted);
        } else if (held == IStakeRegistry.Role.Ai) {
            role = RoleTerms(true, task.aiPrice, task.aiAdmissionRoot, task.aiAdmitted);
        } else return (IFeedbackTasks.Refusal.NotActiveAtSnapshot, role);

        if (role.root != 0) {
            if (!Admission.isListed(role.root, role.admitted, ballot)) {
                return (IFeedbackTasks.Refusal.NotAdmitted, role);
            }
            bool own =
                (record.exists() && record.admissionIndex() == ballot.admissionIndex) ||
                    (made.units != 0 && made.admissionIndex == ballot.admissionIndex);
            if (!own && admissionIndexes[role.isAi].get(ballot.admissionIndex)) {
                return (IFeedbackTasks.Refusal.AdmissionIndexTaken, role);
            }
        }
        IFeedbackTasks.Draw storage draw = role.isAi ? task.ai : task.human;
        (uint256 pool, uint256 seats) = (draw.pool, draw.seats);
        if (pool == 0 || Draws.poolHash(task.seed, ballot.validator) > Draws.poolLimit(pool, seats)) {
            return (IFeedbackTasks.Refusal.NotInPool, role);
        }
        return (IFeedbackTasks.Refusal.None, role);
    }

    /// @dev Count and signature; and that the record beside it, if any, leaves something to be claimed.
    function _checkBallot(
        Task storage task,
        BallotRecord record,
        uint32 unfundedVersion,
        Context calldata context,
        IFeedbackTasks.SignedBallot calldata ballot
    ) private view returns (IFeedbackTasks.Refusal) {
        if (ballot.judgments == 0 || ballot.judgments > task.itemCount) {
            return IFeedbackTasks.Refusal.JudgmentsOutOfRange;
        }
        (address signer, ECDSA.RecoverError failure, ) = ECDSA.tryRecover(
            _digest(BallotCodec.BALLOT_TYPEHASH, context, ballot),
            ballot.r,
            ballot.vs
        );
        bool byWallet = signer == ballot.validator;
        if (
            failure != ECDSA.RecoverError.NoError ||
            !(byWallet || _lasted(task, context.registry.sessionOf(ballot.validator, signer)))
        ) {
            return IFeedbackTasks.Refusal.BadSignature;
        }

        if (ballot.version == 0) return IFeedbackTasks.Refusal.NotNewer;
        // The stake did not cover this version or a later one: the operator could not have committed it.
        if (unfundedVersion >= ballot.version) return IFeedbackTasks.Refusal.Unfunded;
        if (!record.exists()) return IFeedbackTasks.Refusal.None;
        // What the wallet signed overrules a session, whatever the versions.
        if (!byWallet && record.session() == 0) return IFeedbackTasks.Refusal.NotNewer;
        if (record.version() < ballot.version) return IFeedbackTasks.Refusal.None;
        bool same = record.version() == ballot.version && record.isOf(ballot.commitment);
        return same && !record.isOpened() ? IFeedbackTasks.Refusal.None : IFeedbackTasks.Refusal.NotNewer;
    }

    /// @dev Authorised before commits ended, unrevoked until then, and unexpired when judging closed: otherwise the
    /// operator could not have committed what it signed.
    function _lasted(Task storage task, IStakeRegistry.Session memory session) private view returns (bool) {
        uint256 commitEndsAt = task.commitEndsAt;
        return
            session.authorizedAt != 0 &&
            session.authorizedAt < commitEndsAt &&
            (session.revokedAt == 0 || session.revokedAt >= commitEndsAt) &&
            session.expiresAt > task.closesAt;
    }

    /// @dev It opens this very commitment, and the ballot would not be void for it.
    function _checkOpening(
        bytes32 taskId,
        IFeedbackTasks.SignedBallot calldata ballot,
        IFeedbackTasks.Opening calldata opening
    ) private view returns (IFeedbackTasks.Refusal) {
        bytes32 commitment = BallotCodec.commitmentOf(
            taskId,
            ballot.validator,
            ballot.version,
            opening.salt,
            keccak256(opening.entries),
            opening.notesHash
        );
        bool opens = commitment == ballot.commitment && BallotCodec.isWellFormed(opening.entries, ballot.judgments);
        return opens ? IFeedbackTasks.Refusal.None : IFeedbackTasks.Refusal.WrongOpening;
    }

    /// @dev The price of every judgment that had a ticket and does not count, and the lock that an unopened record lost.
    function _claimUnits(
        Task storage task,
        BallotRecord record,
        RoleTerms memory role,
        address validator,
        bytes calldata entries,
        uint256 effective
    ) private view returns (uint256 claimUnits) {
        uint256 threshold = role.isAi ? task.ai.threshold : task.human.threshold;
        uint256 itemCount = task.itemCount;
        bytes32 seed = task.seed;
        uint256 withTicket = 0;
        for (uint256 offset = 0; offset < entries.length; offset += BallotCodec.ENTRY_BYTES) {
            (uint256 itemIndex, ) = BallotCodec.entryAt(entries, offset);
            if (itemIndex >= itemCount) break; // indexes ascend
            if (Draws.ticketOf(seed, validator, itemIndex) >> 1 < threshold) ++withTicket;
        }

        claimUnits = role.price * Math.saturatingSub(withTicket, effective);
        if (record.exists() && !record.isOpened()) {
            claimUnits += Pay.lockOf(record.judgments(), role.price, task.maxPenalty);
        }
    }

    function _digest(
        bytes32 typehash,
        Context calldata context,
        IFeedbackTasks.SignedBallot calldata ballot
    ) private pure returns (bytes32) {
        return
            MessageHashUtils.toTypedDataHash(
                context.domainSeparator,
                BallotCodec.hashOf(
                    typehash,
                    context.taskId,
                    ballot.validator,
                    ballot.version,
                    ballot.judgments,
                    ballot.commitment
                )
            );
    }
}
