// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";

import {IFeedbackTasks} from "./interfaces/IFeedbackTasks.sol";
import {IProvenanceRegistry} from "./interfaces/IProvenanceRegistry.sol";
import {Signatures} from "./libraries/Signatures.sol";

/// @title Records of models, releases, trainings and evaluations
/// @notice All that callers need to know is in {IProvenanceRegistry}.
contract ProvenanceRegistry is IProvenanceRegistry, EIP712 {
    bytes32 private constant PARENT_TYPEHASH = keccak256("Parent(uint8 kind,bytes32 id)");
    bytes32 private constant CO_SIGNATURE_TYPEHASH = keccak256(
        "CoSignature(address owner,uint8 kind,bytes32 contentHash,Parent[] parents,bytes32 manifestHash,address coSigner)"
        "Parent(uint8 kind,bytes32 id)"
    );
    uint256 private constant MAX_REASON_BYTES = 1_024;

    /// @dev Sets of kinds, one bit each.
    uint256 private constant TASK = 1 << uint8(Kind.Task);
    uint256 private constant MODEL = 1 << uint8(Kind.Model);
    uint256 private constant RELEASE = 1 << uint8(Kind.Release);
    uint256 private constant TRAINING = 1 << uint8(Kind.Training);

    IFeedbackTasks private immutable TASKS;

    /// @dev A record exists iff it has an owner.
    mapping(bytes32 recordId => Record) private _records;

    constructor(IFeedbackTasks tasks_) EIP712("Scrutineer", "1") {
        if (address(tasks_) == address(0)) revert ZeroAddress();
        TASKS = tasks_;
    }

    /// @inheritdoc IProvenanceRegistry
    function record(
        Kind kind,
        bytes32 contentHash,
        Parent[] calldata parents,
        bytes32 manifestHash
    ) external returns (bytes32 recordId) {
        recordId = _record(kind, contentHash, parents, manifestHash, address(0));
    }

    /// @inheritdoc IProvenanceRegistry
    function recordCosigned(
        Kind kind,
        bytes32 contentHash,
        Parent[] calldata parents,
        bytes32 manifestHash,
        address coSigner,
        bytes calldata coSignature
    ) external returns (bytes32 recordId) {
        if (coSigner == msg.sender) revert CoSignerIsOwner(coSigner);
        bytes32 digest = coSignatureDigest(msg.sender, kind, contentHash, parents, manifestHash, coSigner);
        if (!Signatures.isBy(coSigner, digest, coSignature)) {
            revert BadCoSignature(recordIdOf(msg.sender, contentHash), coSigner);
        }

        recordId = _record(kind, contentHash, parents, manifestHash, coSigner);
    }

    /// @inheritdoc IProvenanceRegistry
    function withdraw(bytes32 recordId, string calldata reason) external {
        Record storage existing = _existing(recordId);
        if (existing.owner != msg.sender) revert NotTheOwner(recordId, msg.sender);
        if (existing.withdrawnAt != 0) revert AlreadyWithdrawn(recordId);
        uint256 length = bytes(reason).length;
        if (length == 0 || length > MAX_REASON_BYTES) revert ReasonOutOfBounds(length);

        existing.withdrawnAt = uint40(block.timestamp); // block times fit 40 bits for 34,000 years

        emit RecordWithdrawn(recordId, msg.sender, reason);
    }

    // --- Views ---

    /// @inheritdoc IProvenanceRegistry
    function tasks() external view returns (address) {
        return address(TASKS);
    }

    /// @inheritdoc IProvenanceRegistry
    function recordIdOf(address owner, bytes32 contentHash) public view returns (bytes32) {
        return keccak256(abi.encode(block.chainid, address(this), owner, contentHash));
    }

    /// @inheritdoc IProvenanceRegistry
    function recordOf(bytes32 recordId) external view returns (Record memory) {
        return _existing(recordId);
    }

    /// @inheritdoc IProvenanceRegistry
    function coSignatureDigest(
        address owner,
        Kind kind,
        bytes32 contentHash,
        Parent[] calldata parents,
        bytes32 manifestHash,
        address coSigner
    ) public view returns (bytes32) {
        bytes32[] memory parentHashes = new bytes32[](parents.length);
        for (uint256 i = 0; i < parents.length; ++i) {
            parentHashes[i] = keccak256(abi.encode(PARENT_TYPEHASH, parents[i].kind, parents[i].id));
        }
        bytes32 parentsHash = keccak256(abi.encodePacked(parentHashes));

        return
            _hashTypedDataV4(
                keccak256(
                    abi.encode(CO_SIGNATURE_TYPEHASH, owner, kind, contentHash, parentsHash, manifestHash, coSigner)
                )
            );
    }

    // --- Internals ---

    function _record(
        Kind kind,
        bytes32 contentHash,
        Parent[] calldata parents,
        bytes32 manifestHash,
        address coSigner
    ) private returns (bytes32 recordId) {
        if (contentHash == bytes32(0)) revert ContentHashMissing();
        if (manifestHash == bytes32(0)) revert ManifestHashMissing();
        recordId = recordIdOf(msg.sender, contentHash);
        if (_records[recordId].owner != address(0)) revert RecordExists(recordId);
        _checkParents(kind, parents);

        _records[recordId] = Record({
            owner: msg.sender,
            kind: kind,
            recordedAt: uint40(block.timestamp), // block times fit 40 bits for 34,000 years
            withdrawnAt: 0,
            coSigner: coSigner,
            contentHash: contentHash,
            manifestHash: manifestHash
        });

        emit Recorded(recordId, msg.sender, contentHash, kind, manifestHash, parents, coSigner);
    }

    function _checkParents(Kind kind, Parent[] calldata parents) private view {
        (uint256 needed, uint256 allowed) = _parentsOf(kind);
        bytes32 before;
        for (uint256 i = 0; i < parents.length; ++i) {
            (Kind parentKind, bytes32 parentId) = (parents[i].kind, parents[i].id);
            if (parentId <= before) revert ParentsNotAscending(i);
            before = parentId;

            uint256 parentBit = 1 << uint8(parentKind);
            if (allowed & parentBit == 0) revert ParentNotAllowed(kind, parentKind);
            if (!_exists(parentKind, parentId)) revert ParentUnknown(parentKind, parentId);
            needed &= ~parentBit;
        }
        if (needed & TASK != 0) revert ParentMissing(kind, Kind.Task);
        if (needed & MODEL != 0) revert ParentMissing(kind, Kind.Model);
        if (needed & RELEASE != 0) revert ParentMissing(kind, Kind.Release);
    }

    /// @dev The kinds of parents of which one is needed at least, and those allowed.
    function _parentsOf(Kind kind) private pure returns (uint256 needed, uint256 allowed) {
        if (kind == Kind.Model) return (0, MODEL | TRAINING);
        if (kind == Kind.Release) return (TASK, TASK | RELEASE);
        if (kind == Kind.Training) return (MODEL | RELEASE, MODEL | RELEASE);
        if (kind == Kind.Evaluation) return (TASK, TASK | MODEL);
        revert KindNotRecordable(kind);
    }

    function _exists(Kind kind, bytes32 id) private view returns (bool) {
        if (kind == Kind.Task) return TASKS.stateOf(id) != IFeedbackTasks.State.None;
        return _records[id].owner != address(0) && _records[id].kind == kind;
    }

    function _existing(bytes32 recordId) private view returns (Record storage existing) {
        existing = _records[recordId];
        if (existing.owner == address(0)) revert RecordUnknown(recordId);
    }
}
