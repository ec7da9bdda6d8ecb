// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {BlacklistToken} from "../../../contracts/testing/BlacklistToken.sol";
import {FalseToken} from "../../../contracts/testing/FalseToken.sol";
import {FeeSwitchToken} from "../../../contracts/testing/FeeSwitchToken.sol";
import {FeeToken} from "../../../contracts/testing/FeeToken.sol";
import {ReentrantToken} from "../../../contracts/testing/ReentrantToken.sol";
import {SilentToken} from "../../../contracts/testing/SilentToken.sol";
import {Campaign} from "./Campaign.sol";
import {Trouble} from "./handler/Actors.sol";
import {IGuest} from "./handler/Handler.sol";
import {Intruder} from "./Intruder.sol";

contract SilentTokenTest is Campaign {
    function setUp() external {
        _gather(address(new SilentToken()), Trouble.None);
    }

    function invariant_G15_withATokenThatReturnsNothing() external view {
        _check();
    }
}

contract FalseTokenTest is Campaign {
    function setUp() external {
        _gather(address(new FalseToken()), Trouble.ReturnsFalse);
    }

    function invariant_G15_withATokenThatReturnsFalse() external view {
        _check();
    }
}

contract BlacklistTokenTest is Campaign {
    function setUp() external {
        _gather(address(new BlacklistToken()), Trouble.ShutsOut);
    }

    function invariant_G13_G15_withATokenThatShutsPeopleOut() external view {
        _check();
    }
}

contract ReentrantTokenTest is Campaign {
    Intruder private _intruder;

    function setUp() external {
        address token = address(new ReentrantToken());
        _gather(token, Trouble.CallsBack);
        _intruder = new Intruder(_crowd, token);
        _crowd.letIn(IGuest(address(_intruder)));
    }

    function invariant_G15_withATokenThatHandsOverControl() external view {
        _check();
    }

    function test_theIntruderGetsIn() external {
        _walk(1, 200);
        require(_intruder.intrusions() > 20, "the intruder is let in");
        _check();
    }
}

contract FeeTokenTest is Campaign {
    function setUp() external {
        _gather(address(new FeeToken()), Trouble.TakesFee);
    }

    function invariant_G15_withATokenThatTakesAFee() external view {
        _check();
    }
}

contract FeeSwitchTokenTest is Campaign {
    function setUp() external {
        _gather(address(new FeeSwitchToken()), Trouble.SwitchesFee);
    }

    function invariant_G15_withATokenThatTakesAFeeFromSomeDayOn() external view {
        _check();
    }
}
