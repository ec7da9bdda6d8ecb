// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {TestToken} from "../../../contracts/testing/TestToken.sol";
import {Trouble} from "./handler/Actors.sol";
import {ICrowd} from "./ICrowd.sol";
import {Make} from "./world/Make.sol";
import {vm} from "./world/Vm.sol";

/// @title No order and no chunking of commit, reveal and settle changes any figure
contract OrderTest {
    function _prepared(uint256 seed) private returns (ICrowd crowd) {
        bytes memory parameters = abi.encode(new TestToken(), Trouble.None);
        crowd = ICrowd(Make.make("Crowd.t.sol:Crowd", parameters));
        crowd.prepare(seed);
    }

    function _same(uint256[] memory one, uint256[] memory other) private pure {
        require(one.length == other.length, "as many figures");
        for (uint256 i = 0; i < one.length; ++i) {
            require(one[i] == other[i], string.concat("[G8] no order and no chunking changes figure ", _name(i)));
        }
    }

    function _name(uint256 i) private pure returns (string memory) {
        bytes memory digits = new bytes(3);
        (digits[0], digits[1], digits[2]) = (
            bytes1(uint8(48 + i / 100)),
            bytes1(uint8(48 + ((i / 10) % 10))),
            bytes1(uint8(48 + (i % 10)))
        );
        return string(digits);
    }

    function testFuzz_orderAndChunksChangeNothing(uint256 seed, uint256 order, uint256 other) external {
        // A run takes as long as many others: one in 32 is played.
        if (uint256(keccak256(abi.encode(seed, order, other))) % 32 != 0) return;
        ICrowd crowd = _prepared(seed);
        if (crowd.taskCount() == 0) return;
        uint256 start = vm.snapshotState();
        uint256[] memory one = crowd.play(order);
        vm.revertToState(start);
        _same(one, crowd.play(other));
        crowd.checkSolvency();
        crowd.checkAccounts();
        crowd.checkEscrows();
        crowd.checkBallots();
        crowd.checkTallies();
    }

    function test_votesInCodeAndInSlotsCountAlike() external {
        ICrowd crowd = _prepared(3);
        uint256 start = vm.snapshotState();
        uint256[] memory atOnce = crowd.play(1);
        (bool inLedger, bool inSlots) = crowd.places();
        require(inLedger && !inSlots, "many at once go into a ledger");
        vm.revertToState(start);

        uint256[] memory oneByOne = crowd.play(0);
        (inLedger, inSlots) = crowd.places();
        require(inLedger && inSlots, "one by one, small ballots go to slots and big ones into a ledger");
        _same(atOnce, oneByOne);
        vm.revertToState(start);

        uint256[] memory fewManyFew = crowd.play(2);
        (inLedger, inSlots) = crowd.places();
        require(inLedger && inSlots, "few, then many, then few: both again");
        _same(atOnce, fewManyFew);
    }
}
