// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @title Who has a seat, what they staked, and which keys may sign for them
/// @notice One ERC-20 token serves for stakes and rewards. One role an address; a bigger stake buys no second seat.
/// All amounts are in the token's smallest unit, all times in seconds, all block numbers of this chain.
interface IStakeRegistry {
    enum Role {
        None,
        Human,
        Ai,
        Operator
    }

    /// @param stakedUnits everything this address has staked, locked or not
    /// @param lockedUnits the part that open ballots or bonds may still cost; never above `stakedUnits` [G2]
    /// @param role declared at `join`, never changed
    /// @param exitableAt zero, or when an exiting stake may be withdrawn
    struct Account {
        uint96 stakedUnits;
        uint96 lockedUnits;
        Role role;
        uint40 exitableAt;
    }

    /// @param authorizedAt zero: this key was never authorised
    /// @param revokedAt zero: not revoked
    /// @param number the validator's sessions are counted from 1
    struct Session {
        uint64 authorizedAt;
        uint64 expiresAt;
        uint64 revokedAt;
        uint16 number;
    }

    /// @param stakeUnits what arrived, which a token with a fee makes less than what was sent
    event Joined(address indexed validator, Role indexed role, uint256 stakeUnits, bytes32 profileHash);
    event StakeAdded(address indexed validator, uint256 amountUnits);
    /// @notice The seat counts from `fromBlock` on.
    event SeatTaken(address indexed validator, Role indexed role, uint256 fromBlock);
    /// @notice The seat counts no more from `fromBlock` on: exit was requested or the stake fell below the minimum.
    event SeatVacated(address indexed validator, Role indexed role, uint256 fromBlock);
    event ExitRequested(address indexed validator, uint256 exitableAt);
    event StakeWithdrawn(address indexed validator, uint256 amountUnits);
    /// @notice A part of the stake is lost to the commons.
    event StakeForfeited(bytes32 indexed taskId, address indexed validator, uint256 lossUnits);
    /// @notice A part of an operator's bond went to the task contract, which owes it to those who claimed it.
    event StakeSeized(bytes32 indexed taskId, address indexed validator, uint256 amountUnits);
    event SessionAuthorized(address indexed validator, address indexed key, uint64 expiresAt, uint256 nonce);
    event SessionRevoked(address indexed validator, address indexed key);
    event CommonsPaid(uint256 amountUnits);
    event TasksBound(address tasks);

    error ZeroAddress();
    error AlreadyJoined(address validator);
    error NotJoined(address validator);
    error RoleNotJoinable();
    error StakeBelowMinimum(uint256 stakeUnits, uint256 minimumUnits);
    error StakeTooLarge(uint256 stakeUnits);
    error CommonsCannotJoin();
    error AlreadyExiting(address validator);
    error NotExiting(address validator);
    error CooldownNotOver(uint256 exitableAt);
    /// @notice Nothing is free, or nothing is due.
    error NothingToWithdraw(address account);
    error NotTheTasksContract(address caller);
    error TasksAlreadyBound(address tasks);
    error TasksNotBound();
    error NotTheDeployer(address caller);
    error LossAboveLock(uint256 lossUnits, uint256 lockUnits);
    error UnlockAboveLocked(address validator, uint256 unlockUnits, uint256 lockedUnits);
    error NonceUsed(address validator, uint256 nonce);
    error BadSessionSignature(address validator);
    error SessionKeyIsValidator(address validator);
    error SessionExpiresInThePast(uint64 expiresAt);
    /// @notice A key is authorised once in its life: after a revocation take another.
    error SessionAlreadyKnown(address validator, address key);
    error TooManySessions(address validator);
    error SessionNotActive(address validator, address key);

    /// @notice Binds the one contract that may lock stake, end locks, take losses, seize bonds and note pay. Once, by the
    /// deployer; nobody can join before.
    function bindTasks(address tasks) external;

    /// @notice Stakes and takes a seat, counted from the next block.
    /// @param profileHash sha-256 of the public profile; an AI's names its operator, model, prompt hash and cluster
    function join(Role role, uint256 stakeUnits, bytes32 profileHash) external;

    /// @notice The same with an ERC-2612 permit of `stakeUnits` to this contract; one that was already used, or does not
    /// hold, matters only where the allowance is missing.
    function joinWithPermit(
        Role role,
        uint256 stakeUnits,
        bytes32 profileHash,
        uint256 deadline,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external;

    /// @notice Adds to the caller's stake; brings a seat back that fell below the minimum, unless exiting.
    function addStake(uint256 amountUnits) external;

    /// @notice Gives the seat up from the next block and starts the cooldown.
    function requestExit() external;

    /// @notice After the cooldown, pays staked minus locked; call again when more unlocks.
    function withdraw() external;

    /// @notice Pays `validator` what `withdraw` would; the caller only pays the gas.
    function withdrawFor(address validator) external;

    /// @notice Lets `key` sign ballots for `validator`; relayed by anyone; unordered single-use nonces.
    /// EIP-712: Session(address validator,address key,uint64 expiresAt,uint256 nonce), this contract's domain;
    /// signed by the wallet's key, or approved by a wallet that is a contract (ERC-1271).
    function authorizeSession(
        address validator,
        address key,
        uint64 expiresAt,
        uint256 nonce,
        bytes calldata signature
    ) external;

    /// @notice Revokes the caller's session key, effective at once.
    function revokeSession(address key) external;

    /// @notice The same by the validator's signature.
    /// EIP-712: SessionRevocation(address validator,address key,uint256 nonce), this contract's domain.
    function revokeSessionFor(address validator, address key, uint256 nonce, bytes calldata signature) external;

    /// @notice Task contract only. Locks free stake. One sum is kept for all of a validator's locks: which part is whose,
    /// the task contract knows from its ballots' records, so that a lock takes no slot of its own.
    /// @return locked false, and nothing changed, if the free stake does not cover it
    function lock(bytes32 taskId, address validator, uint256 amountUnits) external returns (bool locked);

    /// @notice Task contract only. Frees what was locked for this task.
    function unlock(bytes32 taskId, address validator, uint256 amountUnits) external;

    /// @notice Task contract only. Ends a lock and takes `lossUnits` of it to the commons.
    function forfeit(bytes32 taskId, address validator, uint256 lockUnits, uint256 lossUnits) external;

    /// @notice Task contract only. Ends a ballot's lock, takes `lossUnits` of it to the commons, and notes what the
    /// ballot earned. The tokens of a credit are the task contract's, which pays it (`withdrawFor` there).
    function settle(bytes32 taskId, address validator, uint256 lockUnits, uint256 lossUnits, uint256 payUnits) external;

    /// @notice Task contract only. Hands over what it is about to pay, and notes that nothing is due any more.
    function takeCredit(address validator) external returns (uint256 creditUnits);

    /// @notice Task contract only. Takes a part of a lock out of lock and stake, and sends it to the task contract.
    function seize(bytes32 taskId, address validator, uint256 amountUnits) external;

    /// @notice Sends what the commons are due to the commons; by anyone.
    function payCommons() external;

    /// @notice The one token of stakes and rewards.
    function token() external view returns (address);
    /// @notice Gets what is lost; can never join.
    function commons() external view returns (address);
    /// @notice The one contract that may lock stake, end locks, take losses, seize bonds and note pay.
    function tasks() external view returns (address);
    /// @notice The least stake of a seat.
    function MIN_STAKE() external view returns (uint256);
    /// @notice Seconds from a request to exit until stake can be withdrawn.
    function UNBONDING() external view returns (uint256);
    /// @notice Lost stake that was not yet sent to the commons.
    function commonsDueUnits() external view returns (uint256);
    /// @notice All zero for somebody who never joined.
    function accountOf(address validator) external view returns (Account memory);
    /// @notice Staked less locked.
    function freeStakeOf(address validator) external view returns (uint256);
    /// @notice What ballots earned and was not paid out; the task contract's `creditOf` contains it.
    function creditOf(address validator) external view returns (uint256);
    /// @notice All zero for a key that was never authorised.
    function sessionOf(address validator, address key) external view returns (Session memory);
    /// @notice The same of a session known by its number; false for one that was never given.
    function isSessionRevoked(address validator, uint16 number) external view returns (bool);
    /// @notice Nonces of authorisations and revocations are drawn from one set.
    function isNonceUsed(address validator, uint256 nonce) external view returns (bool);

    /// @notice The role in which `validator` held an active seat at `blockNumber`, or None.
    function roleAt(address validator, uint256 blockNumber) external view returns (Role);

    /// @notice Active seats of a role at `blockNumber`.
    function activeSeatsAt(Role role, uint256 blockNumber) external view returns (uint256);
}
