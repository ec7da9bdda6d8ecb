// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IIntruder} from "./ReentrantToken.sol";

/// @title Makes one call in the middle of every transfer, for tests
contract Meddler is IIntruder {
    address private immutable TARGET;
    bytes private _call;
    uint256 public attempts;
    uint256 public successes;

    constructor(address target, bytes memory call_) {
        TARGET = target;
        _call = call_;
    }

    /// @inheritdoc IIntruder
    function intrude() external {
        ++attempts;
        (bool succeeded, ) = TARGET.call(_call);
        if (succeeded) ++successes;
    }
}
