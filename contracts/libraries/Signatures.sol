// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";

/// @title Who signed
/// @notice For what a wallet consents to once: sessions, revocations, acceptances, co-signatures.
/// Ballots are signed by keys alone, so
/// that their signatures stay true for ever.
library Signatures {
    /// @notice By the account's own key (65 bytes with a low s, so that a signature has one form), or, where the account
    /// is a contract, as it says itself (ERC-1271). The key comes first: it stays in force where an account of its own
    /// has lent itself code (EIP-7702).
    function isBy(address account, bytes32 digest, bytes calldata signature) internal view returns (bool) {
        (address signer, ECDSA.RecoverError failure, ) = ECDSA.tryRecoverCalldata(digest, signature);
        if (failure == ECDSA.RecoverError.NoError && signer == account) return true;
        if (account.code.length == 0) return false;
        return SignatureChecker.isValidERC1271SignatureNowCalldata(account, digest, signature);
    }
}
