// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IStakeRegistry} from "../../../../contracts/interfaces/IStakeRegistry.sol";
import {Dice} from "../world/Dice.sol";
import {vm} from "../world/Vm.sol";
import {Mirror} from "./Mirror.sol";

/// @title People join, add stake, exit and withdraw, and lend keys to sessions
abstract contract Seats is Mirror {
    uint256 private _nonces;
    /// @dev The last session key of each validator.
    mapping(address validator => uint256 key) internal _sessionKeyOf;

    function seats(uint256 seed) external watched {
        Dice memory dice = Dice(seed);
        address person = _anybody(dice);
        uint256 choice = dice.roll(16);
        if (choice < 4) _joinOrAdd(dice, person);
        else if (choice < 5) _requestExit(person);
        else if (choice < 7) _withdrawStake(dice, person);
        else if (choice < 13) _authorize(dice, _anyValidator(dice));
        else _revoke(dice, _anyValidator(dice));
    }

    function _join(address person, uint256 stakeUnits) internal remembering {
        IStakeRegistry.Role role = _callingOf(person);
        vm.prank(person);
        try REGISTRY.join(role, stakeUnits, bytes32("profile")) {} catch {
            _forget();
            require(_isRefused(person), "who has the stake can join");
        }
    }

    function _joinOrAdd(Dice memory dice, address person) private remembering {
        if (person == _outsider()) return;
        uint256 units = MIN_STAKE + dice.roll(4) * MIN_STAKE;
        if (REGISTRY.accountOf(person).role == IStakeRegistry.Role.None) return _join(person, units);
        vm.prank(person);
        try REGISTRY.addStake(dice.oneIn(2) ? units : 1 + dice.roll(1_000)) {} catch {
            _forget();
            require(_isRefused(person), "who has joined can add stake");
        }
    }

    function _requestExit(address person) internal {
        IStakeRegistry.Account memory account = REGISTRY.accountOf(person);
        if (account.role == IStakeRegistry.Role.None || account.exitableAt != 0) return;
        vm.prank(person);
        REGISTRY.requestExit();
        ++times["exit requested"];
    }

    /// @dev [G1] What is free is paid once the cooldown is over, never before; anyone may pay the gas.
    function _withdrawStake(Dice memory dice, address person) internal remembering {
        IStakeRegistry.Account memory account = REGISTRY.accountOf(person);
        bool due = account.exitableAt != 0 && _now() >= account.exitableAt && _stakeOf[person] > _lockOf[person];
        uint256 before = TOKEN.balanceOf(person);
        uint256 expected = _stakeOf[person] - _lockOf[person];
        vm.prank(dice.oneIn(2) ? person : _outsider());
        try REGISTRY.withdrawFor(person) {
            require(due, "[G1] nothing leaves before the cooldown is over, and nothing that is locked");
            uint256 received = TOKEN.balanceOf(person) - before;
            require(received == expected || !_arrivesWhole(), "[G1] all that is free is paid");
        } catch {
            _forget();
            require(!due || _isRefused(person), "[G1] exit is always possible after the cooldown");
        }
    }

    function _authorize(Dice memory dice, address validator) private {
        if (REGISTRY.accountOf(validator).role == IStakeRegistry.Role.None) return;
        uint256 key = 1_000_000 + ++_nonces;
        uint64 expiresAt = uint64(_now() + (dice.oneIn(4) ? 20 : 1 days));
        bytes32 structHash = keccak256(
            abi.encode(
                keccak256("Session(address validator,address key,uint64 expiresAt,uint256 nonce)"),
                validator,
                vm.addr(key),
                expiresAt,
                _nonces
            )
        );
        bytes memory signature = _sign(_keyOf[validator], _typed(address(REGISTRY), structHash));
        REGISTRY.authorizeSession(validator, vm.addr(key), expiresAt, _nonces, signature);
        _sessionKeyOf[validator] = key;
    }

    function _revoke(Dice memory dice, address validator) private {
        if (_sessionKeyOf[validator] == 0) return;
        address key = vm.addr(_sessionKeyOf[validator]);
        if (REGISTRY.sessionOf(validator, key).revokedAt != 0) return;
        if (dice.oneIn(2)) {
            vm.prank(validator);
            REGISTRY.revokeSession(key);
        } else {
            bytes32 structHash = keccak256(
                abi.encode(
                    keccak256("SessionRevocation(address validator,address key,uint256 nonce)"),
                    validator,
                    key,
                    ++_nonces
                )
            );
            bytes memory signature = _sign(_keyOf[validator], _typed(address(REGISTRY), structHash));
            REGISTRY.revokeSessionFor(validator, key, _nonces, signature);
        }
        ++times["session revoked"];
    }
}
