// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice What the chain keeps of a ballot, in one slot. From the lowest bit: version 32, admissionIndex 16, number of the
/// session that signed 16, judgments less one 12, then one bit each: AI, opened, void, settled. On top, 176 bits: the first
/// 22 bytes of the opening's commitment, after the reveal those of keccak256 of the effective entries.
///
/// A second slot for all 32 bytes would cost a third of what recording a ballot does. To find two openings, or two lists of
/// entries, with the same 22 bytes takes about 2^88 hashes; to find one for given bytes, 2^176.
type BallotRecord is uint256;

using BallotRecordLib for BallotRecord global;

/// @title The fields of a ballot's record
library BallotRecordLib {
    uint256 private constant ADMISSION_INDEX = 32;
    uint256 private constant SESSION = 48;
    uint256 private constant JUDGMENTS = 64;
    uint256 private constant AI = 1 << 76;
    uint256 private constant OPENED = 1 << 77;
    uint256 private constant VOID = 1 << 78;
    uint256 private constant SETTLED = 1 << 79;
    uint256 private constant FINGERPRINT = 80;

    /// @param session_ zero: the wallet signed
    /// @param judgments_ 1 to 4,096
    function make(
        bytes32 commitment,
        bool isAi_,
        uint16 session_,
        uint32 version_,
        uint16 admissionIndex_,
        uint256 judgments_
    ) internal pure returns (BallotRecord) {
        uint256 word =
            version_ |
                (uint256(admissionIndex_) << ADMISSION_INDEX) |
                (uint256(session_) << SESSION) |
                ((judgments_ - 1) << JUDGMENTS);
        return _withFingerprint(isAi_ ? word | AI : word, commitment);
    }

    /// @notice A record is there once a ballot was accepted.
    function exists(BallotRecord record) internal pure returns (bool) {
        return record.version() != 0;
    }

    /// @notice Whether it was made of this commitment, or of these entries' hash.
    function isOf(BallotRecord record, bytes32 hash) internal pure returns (bool) {
        return (BallotRecord.unwrap(record) ^ uint256(hash)) >> FINGERPRINT == 0;
    }

    // Each cast below cuts a field out of the word at the place and width given above.

    function fingerprint(BallotRecord record) internal pure returns (bytes22) {
        return bytes22(bytes32(BallotRecord.unwrap(record)));
    }

    function version(BallotRecord record) internal pure returns (uint32) {
        return uint32(BallotRecord.unwrap(record));
    }

    function admissionIndex(BallotRecord record) internal pure returns (uint16) {
        return uint16(BallotRecord.unwrap(record) >> ADMISSION_INDEX);
    }

    /// @notice Zero: the wallet signed.
    function session(BallotRecord record) internal pure returns (uint16) {
        return uint16(BallotRecord.unwrap(record) >> SESSION);
    }

    /// @notice Zero where there is no record.
    function judgments(BallotRecord record) internal pure returns (uint16) {
        if (!record.exists()) return 0;
        return uint16(((BallotRecord.unwrap(record) >> JUDGMENTS) & 0xfff) + 1);
    }

    function isAi(BallotRecord record) internal pure returns (bool) {
        return BallotRecord.unwrap(record) & AI != 0;
    }

    function isOpened(BallotRecord record) internal pure returns (bool) {
        return BallotRecord.unwrap(record) & OPENED != 0;
    }

    function isVoid(BallotRecord record) internal pure returns (bool) {
        return BallotRecord.unwrap(record) & VOID != 0;
    }

    function isSettled(BallotRecord record) internal pure returns (bool) {
        return BallotRecord.unwrap(record) & SETTLED != 0;
    }

    function asOpened(BallotRecord record) internal pure returns (BallotRecord) {
        return BallotRecord.wrap(BallotRecord.unwrap(record) | OPENED);
    }

    /// @notice Its votes are counted: from here on it stands for the entries that were.
    function asCounted(BallotRecord record, bytes32 entriesHash) internal pure returns (BallotRecord) {
        return _withFingerprint(BallotRecord.unwrap(record), entriesHash);
    }

    /// @notice Nothing is left to do for a void ballot.
    function asVoid(BallotRecord record) internal pure returns (BallotRecord) {
        return BallotRecord.wrap(BallotRecord.unwrap(record) | OPENED | VOID | SETTLED);
    }

    function asSettled(BallotRecord record) internal pure returns (BallotRecord) {
        return BallotRecord.wrap(BallotRecord.unwrap(record) | SETTLED);
    }

    function _withFingerprint(uint256 word, bytes32 hash) private pure returns (BallotRecord) {
        uint256 below = (1 << FINGERPRINT) - 1;
        return BallotRecord.wrap((word & below) | (uint256(hash) & ~below));
    }
}
