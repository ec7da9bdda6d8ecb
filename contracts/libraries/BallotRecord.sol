// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice Second slot of a ballot's record, from the lowest bit: session 160, version 32, unfundedVersion 32,
/// admissionIndex 16, judgments less one 12, then one bit each: AI, opened, void, settled. Together exactly 256.
type BallotRecord is uint256;

using BallotRecordLib for BallotRecord global;

/// @notice Slot 1: the opening's commitment, after the reveal keccak256 of the effective entries. Slot 2: the rest.
struct StoredRecord {
    bytes32 commitment;
    BallotRecord word;
}

/// @title What the chain keeps of a ballot beside its commitment
library BallotRecordLib {
    uint256 private constant VERSION = 160;
    uint256 private constant UNFUNDED_VERSION = 192;
    uint256 private constant ADMISSION_INDEX = 224;
    uint256 private constant JUDGMENTS = 240;
    uint256 private constant AI = 1 << 252;
    uint256 private constant OPENED = 1 << 253;
    uint256 private constant VOID = 1 << 254;
    uint256 private constant SETTLED = 1 << 255;

    /// @param session_ zero: the wallet signed
    /// @param judgments_ 1 to 4,096
    function make(
        bool isAi_,
        address session_,
        uint32 version_,
        uint32 unfundedVersion_,
        uint16 admissionIndex_,
        uint256 judgments_
    ) internal pure returns (BallotRecord) {
        uint256 word =
            uint160(session_) |
                (uint256(version_) << VERSION) |
                (uint256(unfundedVersion_) << UNFUNDED_VERSION) |
                (uint256(admissionIndex_) << ADMISSION_INDEX) |
                ((judgments_ - 1) << JUDGMENTS);
        return BallotRecord.wrap(isAi_ ? word | AI : word);
    }

    /// @notice A record is there once a ballot was accepted; before, the word may hold an unfunded version alone.
    function exists(BallotRecord record) internal pure returns (bool) {
        return record.version() != 0;
    }

    // Each cast below cuts a field out of the word at the place and width given above.

    function session(BallotRecord record) internal pure returns (address) {
        return address(uint160(BallotRecord.unwrap(record)));
    }

    function version(BallotRecord record) internal pure returns (uint32) {
        return uint32(BallotRecord.unwrap(record) >> VERSION);
    }

    function unfundedVersion(BallotRecord record) internal pure returns (uint32) {
        return uint32(BallotRecord.unwrap(record) >> UNFUNDED_VERSION);
    }

    function admissionIndex(BallotRecord record) internal pure returns (uint16) {
        return uint16(BallotRecord.unwrap(record) >> ADMISSION_INDEX);
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

    function withUnfundedVersion(BallotRecord record, uint32 version_) internal pure returns (BallotRecord) {
        uint256 cleared = BallotRecord.unwrap(record) & ~(uint256(type(uint32).max) << UNFUNDED_VERSION);
        return BallotRecord.wrap(cleared | (uint256(version_) << UNFUNDED_VERSION));
    }

    function asOpened(BallotRecord record) internal pure returns (BallotRecord) {
        return BallotRecord.wrap(BallotRecord.unwrap(record) | OPENED);
    }

    /// @notice Nothing is left to do for a void ballot.
    function asVoid(BallotRecord record) internal pure returns (BallotRecord) {
        return BallotRecord.wrap(BallotRecord.unwrap(record) | OPENED | VOID | SETTLED);
    }

    function asSettled(BallotRecord record) internal pure returns (BallotRecord) {
        return BallotRecord.wrap(BallotRecord.unwrap(record) | SETTLED);
    }
}
