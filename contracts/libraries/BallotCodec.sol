// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title The packed form of a ballot's entries, and what seals it
/// @notice An entry is 4 bytes: itemIndex uint24, verdict uint8; entries stand in strictly ascending order of items, so
/// no item appears twice. As opened, a verdict is what the validator saw (0 left, 1 right, 2 tie); in effective entries
/// it is canonical (0 A, 1 B, 2 tie). `protocol/ballot.ts` is the twin.
library BallotCodec {
    uint256 internal constant ENTRY_BYTES = 4;
    uint256 internal constant MOST_VERDICT = 2;

    bytes32 internal constant OPENING_TYPEHASH = keccak256(
        "Opening(uint256 chainId,address tasks,bytes32 taskId,address validator,uint32 version,bytes32 salt,bytes32 entriesHash,bytes32 notesHash)"
    );

    /// @notice Whether the entries are `judgments` in number, strictly ascending, each with a verdict of 0, 1 or 2.
    /// An index beyond the task's items is well formed: such an entry is void by itself.
    function isWellFormed(bytes calldata entries, uint256 judgments) internal pure returns (bool wellFormed) {
        if (entries.length != judgments * ENTRY_BYTES) return false;

        // Assembly: this loop runs once a judgment. `next` is one above the last index, so that item 0 may come first;
        // reads stay inside `entries`, whose length is a multiple of 4 here.
        assembly ("memory-safe") {
            wellFormed := 1
            let next := 0
            let offset := entries.offset
            for {
                let end := add(offset, entries.length)
            } lt(offset, end) {
                offset := add(offset, 4)
            } {
                let entry := shr(224, calldataload(offset))
                let itemIndex := shr(8, entry)
                if or(lt(itemIndex, next), gt(and(entry, 0xff), 2)) {
                    wellFormed := 0
                    break
                }
                next := add(itemIndex, 1)
            }
        }
    }

    /// @notice What a validator signs before anybody knows the entries. Everything that identifies the slot is inside, so
    /// a copied commitment opens for nobody else [G6].
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
