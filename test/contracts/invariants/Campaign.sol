// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Trouble} from "./handler/Actors.sol";
import {ICrowd} from "./ICrowd.sol";
import {Make} from "./world/Make.sol";

/// @title A campaign: random calls in random order, and what must hold after each of them
abstract contract Campaign {
    struct Selectors {
        address target;
        bytes4[] selectors;
    }

    ICrowd internal _crowd;

    function _gather(address token, Trouble trouble) internal {
        _crowd = ICrowd(Make.make("Crowd.t.sol:Crowd", abi.encode(token, trouble)));
    }

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_crowd);
    }

    function targetSelectors() external view returns (Selectors[] memory targets) {
        targets = new Selectors[](1);
        targets[0] = Selectors(address(_crowd), _crowd.calls());
    }

    function afterInvariant() external {
        _crowd.finish();
        _check();
        _crowd.checkNothingIsLeft();
    }

    function _check() internal view {
        _crowd.checkSolvency();
        _crowd.checkAccounts();
        _crowd.checkSeats();
        _crowd.checkEscrows();
        _crowd.checkBallots();
        _crowd.checkTallies();
        _crowd.checkClaims();
    }

    /// @dev The same walk in every run, for what a campaign must come by.
    function _walk(uint256 seed, uint256 steps) internal {
        bytes4[] memory calls = _crowd.calls();
        for (uint256 i = 0; i < steps; ++i) {
            seed = uint256(keccak256(abi.encode(seed)));
            (bool done, bytes memory reason) = address(_crowd).call(
                abi.encodeWithSelector(calls[seed % calls.length], seed)
            );
            if (done) continue;
            assembly ("memory-safe") {
                revert(add(reason, 0x20), mload(reason))
            }
        }
    }
}
