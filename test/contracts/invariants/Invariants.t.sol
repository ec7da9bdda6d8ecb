// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {TestToken} from "../../../contracts/testing/TestToken.sol";
import {Campaign} from "./Campaign.sol";
import {Trouble} from "./handler/Actors.sol";

/// @title What holds whatever anybody does, in any order
contract InvariantsTest is Campaign {
    function setUp() external {
        _gather(address(new TestToken()), Trouble.None);
    }

    function invariant_G1_G2_G4_G9_G11_G13_G15_holdWhateverAnybodyDoes() external view {
        _check();
    }

    /// @dev An invariant says little where nothing happens.
    function test_aCampaignGetsEverywhere() external {
        _walk(1, 900);
        string[32] memory things = [
            "joined",
            "stake added",
            "stake withdrawn",
            "seat vacated",
            "departed",
            "session revoked",
            "created",
            "cancelled",
            "opened",
            "committed",
            "committed by a session",
            "replaced",
            "unfunded",
            "revealed",
            "revealed by an AI",
            "voided",
            "gate",
            "no gate",
            "gate failed",
            "paid",
            "penalised",
            "neither",
            "forfeited",
            "settled",
            "claimed",
            "claimed a forfeited lock",
            "bond seized",
            "claim paid",
            "claim paid in part",
            "dust",
            "credit withdrawn",
            "commons paid"
        ];
        for (uint256 i = 0; i < things.length; ++i) {
            require(_crowd.times(things[i]) != 0, string.concat("never: ", things[i]));
        }
        _crowd.finish();
        _check();
        _crowd.checkNothingIsLeft();
    }
}
