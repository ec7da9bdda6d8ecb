// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @title What was made from what: models, releases of data, trainings, evaluations, and the tasks below them
/// @notice Append-only. A record is its owner's word, and its co-signer's where it has one. The contract checks that the
/// parents were there before, that they are of the kinds stated, and who signed; what lies behind a hash it cannot check.
/// Since parents come first, records form no circle. There is no owner, no fee and no upgrade.
///
/// Executors of a model sign, off chain and under this contract's EIP-712 domain, what the model put out:
/// OutputReceipt(bytes32 modelId,bytes32 promptHash,bytes32 outputHash,bytes32 parametersHash,uint64 generatedAt), where
/// `modelId` is the id of the model's record, whose manifest names the executors' keys.
interface IProvenanceRegistry {
    /// @notice What a parent is. All but `Task`, which lives in FeedbackTasks, are also the kinds of records.
    /// - Model: weights. The manifest names the keys of those who execute it. Parents, if any: the training that it is the
    ///   result of, the models it was derived from.
    /// - Release: a dataset. Parents: the tasks (one at least) it was drawn from, and releases it goes on from.
    /// - Training: a run. Parents: releases (one at least) and base models (one at least). The manifest names the result,
    ///   whose own record has this one for a parent; whoever supplied the compute co-signs.
    /// - Evaluation: a leaderboard. Parents: the tasks (one at least) it can be recomputed from, and models it ranks.
    enum Kind {
        Task,
        Model,
        Release,
        Training,
        Evaluation
    }

    /// @param id of a record, or, if `kind` is `Task`, a taskId of FeedbackTasks
    struct Parent {
        Kind kind;
        bytes32 id;
    }

    /// @notice A record without its parents: those are in its event {Recorded} alone.
    /// @param withdrawnAt zero unless withdrawn
    /// @param coSigner zero: nobody co-signed
    /// @param contentHash of what is recorded: sha-256 of weights, of a run's log, of a leaderboard; a release's Merkle root
    /// @param manifestHash sha-256 of the JSON that describes it, byte for byte
    struct Record {
        address owner;
        Kind kind;
        uint40 recordedAt;
        uint40 withdrawnAt;
        address coSigner;
        bytes32 contentHash;
        bytes32 manifestHash;
    }

    /// @param coSigner zero: nobody co-signed
    event Recorded(
        bytes32 indexed recordId,
        address indexed owner,
        bytes32 indexed contentHash,
        Kind kind,
        bytes32 manifestHash,
        Parent[] parents,
        address coSigner
    );
    /// @param reason free text of the owner's; nothing checks that it is valid UTF-8
    event RecordWithdrawn(bytes32 indexed recordId, address indexed owner, string reason);

    error ZeroAddress();
    error KindNotRecordable(Kind kind);
    error ContentHashMissing();
    error ManifestHashMissing();
    error RecordExists(bytes32 recordId);
    /// @notice The parent at `index` does not come after the one before it, by id; so none is named twice.
    error ParentsNotAscending(uint256 index);
    error ParentNotAllowed(Kind kind, Kind parentKind);
    /// @notice There is no such task, no such record, or it is of another kind than stated.
    error ParentUnknown(Kind parentKind, bytes32 parentId);
    error ParentMissing(Kind kind, Kind parentKind);
    error CoSignerIsOwner(address owner);
    error BadCoSignature(bytes32 recordId, address coSigner);
    error RecordUnknown(bytes32 recordId);
    error NotTheOwner(bytes32 recordId, address caller);
    error AlreadyWithdrawn(bytes32 recordId);
    /// @notice A reason has 1 to 1,024 bytes.
    error ReasonOutOfBounds(uint256 length);

    /// @notice Records `contentHash` for the caller, once and for good.
    /// @param parents strictly ascending by id; which kinds are needed and allowed stands with {Kind}. A withdrawn record
    /// may be a parent: that something was made from it stays true.
    /// @return recordId `recordIdOf(caller, contentHash)`
    function record(
        Kind kind,
        bytes32 contentHash,
        Parent[] calldata parents,
        bytes32 manifestHash
    ) external returns (bytes32 recordId);

    /// @notice The same with a second party's word for it: for a training, whoever supplied the compute.
    /// @param coSigner not the caller; a contract's signature (ERC-1271) holds if it holds now
    /// @param coSignature EIP-712, this contract's domain: CoSignature(address owner,uint8 kind,bytes32 contentHash,
    /// Parent[] parents,bytes32 manifestHash,address coSigner)Parent(uint8 kind,bytes32 id). It is of no use for another
    /// record, owner, contract or chain.
    function recordCosigned(
        Kind kind,
        bytes32 contentHash,
        Parent[] calldata parents,
        bytes32 manifestHash,
        address coSigner,
        bytes calldata coSignature
    ) external returns (bytes32 recordId);

    /// @notice Marks a record of the caller's as withdrawn. Nothing is erased: the record, its children and the mark stay.
    /// @param reason on chain for ever: no names, no personal data
    function withdraw(bytes32 recordId, string calldata reason) external;

    /// @notice FeedbackTasks, where parents of kind `Task` are looked up.
    function tasks() external view returns (address);

    /// @notice keccak256(abi.encode(chainid, this, owner, contentHash)); known before it is recorded.
    function recordIdOf(address owner, bytes32 contentHash) external view returns (bytes32);

    /// @notice Reverts with {RecordUnknown} where there is none.
    function recordOf(bytes32 recordId) external view returns (Record memory);

    /// @notice What `coSigner` signs.
    function coSignatureDigest(
        address owner,
        Kind kind,
        bytes32 contentHash,
        Parent[] calldata parents,
        bytes32 manifestHash,
        address coSigner
    ) external view returns (bytes32);
}
