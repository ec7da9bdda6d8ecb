// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title The packed form of a ballot's entries, and what seals it
/// @notice An entry is 4 bytes: itemIndex uint24, verdict uint8; entries stand in strictly ascending order of items,
/// so no item appears twice. As opened, a verdict is what the validator saw (0 left, 1 right, 2 tie); in effective
/// entries it is canonical (0 A, 1 B, 2 tie). `protocol/ballot.ts` is the twin.
library BallotCodec {
    uint256 internal constant ENTRY_BYTES = 4;

    bytes32 internal constant OPENING_TYPEHASH = keccak256(
        // solhint-disable-next-line max-line-length
        "Opening(uint256 chainId,address tasks,bytes32 taskId,address validator,uint32 version,bytes32 salt,bytes32 entriesHash,bytes32 notesHash)"
    );

    // Both are over the same fields: what a validator signs, and what the operator's receipt repeats.
    bytes32 internal constant BALLOT_TYPEHASH = keccak256(
        "Ballot(bytes32 taskId,address validator,uint32 version,uint16 judgments,bytes32 commitment)"
    );
    bytes32 internal constant RECEIPT_TYPEHASH = keccak256(
        "OpeningReceipt(bytes32 taskId,address validator,uint32 version,uint16 judgments,bytes32 commitment)"
    );

    /// @notice Whether the entries are `judgments` in number, strictly ascending, each with a verdict of 0, 1 or 2.
    /// An index beyond the task's items is well formed: such an entry is void by itself.
    function isWellFormed(bytes calldata entries, uint256 judgments) internal pure returns (bool wellFormed) {
        if (entries.length != judgments * ENTRY_BYTES) return false;

        // Assembly: eight entries a step, for this runs over every judgment. In each 32-bit lane the index takes the
        // upper 24 bits. Moved down by 8 they leave 8 bits of room, so that `2^24 + next − index − 1` never
        // borrows from its neighbour, and keeps bit 24 iff next > index. A verdict above 2 has one of its upper 6
        // bits or both lower ones. What is read beyond the entries is masked away.
        assembly ("memory-safe") {
            let indexBits := 0x00ffffff00ffffff00ffffff00ffffff00ffffff00ffffff00ffffff00ffffff
            let guards := 0x0100000001000000010000000100000001000000010000000100000001000000
            let ones := shr(24, guards)
            let faults := 0
            let offset := entries.offset
            for {
                let left := entries.length
            } left {} {
                let word := calldataload(offset)
                // Entries that lie in this word; pairs that begin in it: the last entry begins none.
                let inWord := not(0)
                let pairs := inWord
                if lt(left, 36) {
                    pairs := not(shr(shl(3, sub(left, 4)), inWord))
                    if lt(left, 32) {
                        inWord := not(shr(shl(3, left), inWord))
                    }
                }
                let verdicts := and(word, inWord)
                faults := or(faults, and(verdicts, mul(ones, 0xfc)))
                faults := or(faults, and(and(verdicts, shr(1, verdicts)), ones))

                let indexes := and(shr(8, word), indexBits)
                let nexts := and(shr(8, calldataload(add(offset, 4))), indexBits)
                let ascends := sub(sub(or(nexts, guards), indexes), ones)
                faults := or(faults, and(and(not(ascends), guards), pairs))

                left := mul(gt(left, 32), sub(left, 32))
                offset := add(offset, 32)
            }
            wellFormed := iszero(faults)
        }
    }

    /// @param offset of the entry's first byte, inside `entries`
    function entryAt(
        bytes calldata entries,
        uint256 offset
    ) internal pure returns (uint256 itemIndex, uint256 verdict) {
        uint256 entry = uint32(bytes4(entries[offset:offset + ENTRY_BYTES]));
        return (entry >> 8, entry & 0xff);
    }

    /// @dev Writes 4 bytes at `offset`, which must lie with them inside `entries`.
    function writeEntry(bytes memory entries, uint256 offset, uint256 itemIndex, uint256 verdict) internal pure {
        bytes4 entry = bytes4(uint32((itemIndex << 8) | verdict)); // itemIndex < 2^24, verdict < 2^8
        for (uint256 i = 0; i < ENTRY_BYTES; ++i) entries[offset + i] = entry[i];
    }

    /// @notice EIP-712 hash of a ballot or a receipt.
    function hashOf(
        bytes32 typehash,
        bytes32 taskId,
        address validator,
        uint32 version,
        uint16 judgments,
        bytes32 commitment
    ) internal pure returns (bytes32) {
        return keccak256(abi.encode(typehash, taskId, validator, version, judgments, commitment));
    }

    /// @notice What a validator signs before anybody knows the entries. Everything that identifies the slot is
    /// inside, so a copied commitment opens for nobody else [G6].
    function commitmentOf(
        bytes32 taskId,
        address validator,
        uint32 version,
        bytes32 salt,
        bytes32 entriesHash,
        bytes32 notesHash
    ) internal view returns (bytes32) {
        return
            keccak256(
                abi.encode(
                    OPENING_TYPEHASH,
                    block.chainid,
                    address(this),
                    taskId,
                    validator,
                    version,
                    salt,
                    entriesHash,
                    notesHash
                )
            );
    }
}
