// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";

import {IFeedbackTasks} from "../interfaces/IFeedbackTasks.sol";

/// @title Who is on a task's list
library Admission {
    /// @notice Whether the ballot's validator stands at its index of the list, among those admitted.
    /// @dev Hashed twice, as OpenZeppelin's StandardMerkleTree does, so that no inner node passes for a leaf.
    function isListed(
        bytes32 root,
        uint256 admitted,
        IFeedbackTasks.SignedBallot calldata ballot
    ) internal pure returns (bool) {
        uint256 index = ballot.admissionIndex;
        bytes32 leaf = keccak256(bytes.concat(keccak256(abi.encode(index, ballot.validator))));
        return index < admitted && MerkleProof.verifyCalldata(ballot.admissionProof, root, leaf);
    }
}
