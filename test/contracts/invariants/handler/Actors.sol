// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IFeedbackTasks} from "../../../../contracts/interfaces/IFeedbackTasks.sol";
import {IStakeRegistry} from "../../../../contracts/interfaces/IStakeRegistry.sol";
import {Dice} from "../world/Dice.sol";
import {Make} from "../world/Make.sol";
import {vm} from "../world/Vm.sol";

interface IMintable {
    function mint(address to, uint256 amountUnits) external;
    function balanceOf(address account) external view returns (uint256);
}

/// @notice What a token's issuer may do, and whom a transfer may call: all of the awkward tokens' own functions.
interface IAwkward {
    function setMood(uint256 every) external;
    function moody() external view returns (uint256);
    function setBlacklisted(address account, bool blacklisted) external;
    function isBlacklisted(address account) external view returns (bool);
    function setFee(uint256 percent) external;
    function setIntruder(address intruder) external;
}

/// @notice In what the token is awkward.
enum Trouble {
    None,
    ReturnsFalse,
    ShutsOut,
    CallsBack,
    TakesFee,
    SwitchesFee
}

/// @title The contracts on a token of the test's choice, and everybody who deals with them
abstract contract Actors {
    uint256 internal constant MIN_STAKE = 100e18;
    uint256 internal constant UNBONDING = 450;
    uint256 internal constant SEED_DELAY = 2;
    uint256 internal constant MIN_POOL = 7;
    uint256 internal constant MIN_COMMIT = 5;
    uint256 internal constant MIN_REVEAL = 10;
    uint256 internal constant CLAIM_WINDOW = 60;

    uint256 internal constant HUMANS = 8;
    uint256 internal constant AIS = 3;
    uint256 internal constant OPERATORS = 2;

    address internal constant COMMONS = address(0xC0113035);
    /// @dev Signs the receipts of every task.
    uint256 internal constant RECEIPT_KEY = 77_777;

    // Not immutable: by its code, which is then the same in all of them, a campaign knows a crowd.
    IMintable public TOKEN;
    IStakeRegistry public REGISTRY;
    IFeedbackTasks public TASKS;

    /// @dev First humans, then AIs, operators, and somebody who never joins.
    address[] internal _people;
    mapping(address account => uint256) internal _keyOf;

    Trouble internal _trouble;

    /// @param token anything with `mint`
    constructor(address token, Trouble trouble) {
        TOKEN = IMintable(token);
        _trouble = trouble;
        REGISTRY = IStakeRegistry(
            Make.make("StakeRegistry.sol:StakeRegistry", abi.encode(token, COMMONS, MIN_STAKE, UNBONDING))
        );
        TASKS = IFeedbackTasks(
            Make.make(
                "FeedbackTasks.sol:FeedbackTasks",
                abi.encode(
                    REGISTRY,
                    IFeedbackTasks.Deployment(SEED_DELAY, MIN_POOL, MIN_COMMIT, MIN_REVEAL, CLAIM_WINDOW)
                )
            )
        );
        REGISTRY.bindTasks(address(TASKS));
        for (uint256 i = 0; i <= HUMANS + AIS + OPERATORS; ++i) {
            address person = vm.addr(1_000 + i);
            _people.push(person);
            _keyOf[person] = 1_000 + i;
            IMintable(token).mint(person, 2 ** 100);
            _approve(person);
        }
    }

    /// @dev Whether the token may refuse to move anything from or to this account just now.
    function _isRefused(address account) internal view returns (bool) {
        if (_trouble == Trouble.ReturnsFalse) return IAwkward(address(TOKEN)).moody() != 0;
        if (_trouble == Trouble.ShutsOut) return IAwkward(address(TOKEN)).isBlacklisted(account);
        return !_isKept();
    }

    /// @dev Whether what is sent arrives whole, and nothing else with it: whom a transfer calls may have more paid.
    function _arrivesWhole() internal view returns (bool) {
        return _isKept() && _trouble != Trouble.CallsBack;
    }

    /// @dev Whether what the contracts hold is to the unit what they took in and did not give out.
    function _isKept() internal view returns (bool) {
        return _trouble != Trouble.TakesFee && _trouble != Trouble.SwitchesFee;
    }

    /// @dev A low-level call: not every token says anything in return.
    function _approve(address person) private {
        address[2] memory spenders = [address(REGISTRY), address(TASKS)];
        for (uint256 i = 0; i < 2; ++i) {
            vm.prank(person);
            (bool approved, ) = address(TOKEN).call(
                abi.encodeWithSignature("approve(address,uint256)", spenders[i], type(uint256).max)
            );
            require(approved, "a test token takes approvals");
        }
    }

    function _human(uint256 i) internal view returns (address) {
        return _people[i];
    }

    function _operator(uint256 i) internal view returns (address) {
        return _people[HUMANS + AIS + i];
    }

    function _outsider() internal view returns (address) {
        return _people[HUMANS + AIS + OPERATORS];
    }

    /// @dev A human or an AI.
    function _anyValidator(Dice memory dice) internal view returns (address) {
        return _people[dice.roll(HUMANS + AIS)];
    }

    function _anybody(Dice memory dice) internal view returns (address) {
        return _people[dice.roll(_people.length)];
    }

    /// @dev What somebody declares who joins.
    function _callingOf(address person) internal view returns (IStakeRegistry.Role) {
        uint256 i = _keyOf[person] - 1_000;
        if (i < HUMANS) return IStakeRegistry.Role.Human;
        return i < HUMANS + AIS ? IStakeRegistry.Role.Ai : IStakeRegistry.Role.Operator;
    }

    /// @dev EIP-2098.
    function _signCompact(uint256 key, bytes32 digest) internal pure returns (bytes32 r, bytes32 vs) {
        uint8 v;
        (v, r, vs) = vm.sign(key, digest);
        if (v == 28) vs |= bytes32(uint256(1) << 255);
    }

    function _sign(uint256 key, bytes32 digest) internal pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, digest);
        return abi.encodePacked(r, s, v);
    }

    /// @dev EIP-712 under the domain of one of the two contracts.
    function _typed(address verifier, bytes32 structHash) internal view returns (bytes32) {
        bytes32 domain = keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256("Scrutineer"),
                keccak256("1"),
                block.chainid,
                verifier
            )
        );
        return keccak256(abi.encodePacked(hex"1901", domain, structHash));
    }

    function _now() internal view returns (uint256) {
        return vm.getBlockTimestamp();
    }

    function _block() internal view returns (uint256) {
        return vm.getBlockNumber();
    }

    /// @dev Later by so much, in another block.
    function _pass(uint256 time, uint256 blocks) internal {
        vm.warp(_now() + time);
        vm.roll(_block() + blocks);
    }
}
