// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {BitMaps} from "@openzeppelin/contracts/utils/structs/BitMaps.sol";
import {Checkpoints} from "@openzeppelin/contracts/utils/structs/Checkpoints.sol";

import {IStakeRegistry} from "./interfaces/IStakeRegistry.sol";
import {Signatures} from "./libraries/Signatures.sol";

/// @title Stakes, seats and session keys
/// @notice All that callers need to know is in {IStakeRegistry}.
contract StakeRegistry is IStakeRegistry, EIP712, ReentrancyGuardTransient {
    using BitMaps for BitMaps.BitMap;
    using Checkpoints for Checkpoints.Trace208;
    using SafeERC20 for IERC20;

    /// @dev Two slots. Credit shares its own with what was there since `join`, so that pay never opens a new one.
    struct StoredAccount {
        uint96 stakedUnits;
        uint96 lockedUnits;
        Role role;
        // From which block the present seat counts; 0 where there is none. Says the same as the end of the history, in a
        // slot that is read anyway.
        uint48 seatFromBlock;
        // slot 1
        uint40 joinedAt;
        uint40 exitableAt;
        uint160 creditUnits;
        uint16 sessions;
    }

    bytes32 private constant SESSION_TYPEHASH = keccak256(
        "Session(address validator,address key,uint64 expiresAt,uint256 nonce)"
    );
    bytes32 private constant REVOCATION_TYPEHASH = keccak256(
        "SessionRevocation(address validator,address key,uint256 nonce)"
    );

    IERC20 private immutable TOKEN;
    address private immutable COMMONS;
    address private immutable DEPLOYER;
    /// @inheritdoc IStakeRegistry
    uint256 public immutable MIN_STAKE;
    /// @inheritdoc IStakeRegistry
    uint256 public immutable UNBONDING;

    /// @inheritdoc IStakeRegistry
    address public tasks;
    /// @inheritdoc IStakeRegistry
    uint256 public commonsDueUnits;

    mapping(address validator => StoredAccount) private _accounts;
    /// @dev The role where and while the seat is active, else zero. Keys are blocks from which a value holds; every
    /// change is written for the next block, so keys never go back and the present block's answer never changes.
    mapping(address validator => Checkpoints.Trace208) private _roleHistory;
    mapping(Role role => Checkpoints.Trace208) private _seatHistory;
    mapping(address validator => mapping(address key => Session)) private _sessions;
    /// @dev By number, for who knows a session by that alone.
    mapping(address validator => BitMaps.BitMap) private _sessionRevoked;
    mapping(address validator => mapping(uint256 nonce => bool)) private _nonceUsed;

    modifier onlyTasks() {
        if (msg.sender != tasks) revert NotTheTasksContract(msg.sender);
        _;
    }

    constructor(address token_, address commons_, uint256 minStakeUnits, uint256 unbonding) EIP712("Scrutineer", "1") {
        if (token_ == address(0) || commons_ == address(0)) revert ZeroAddress();
        TOKEN = IERC20(token_);
        COMMONS = commons_;
        DEPLOYER = msg.sender;
        MIN_STAKE = minStakeUnits;
        UNBONDING = unbonding;
    }

    /// @inheritdoc IStakeRegistry
    function bindTasks(address tasks_) external {
        if (msg.sender != DEPLOYER) revert NotTheDeployer(msg.sender);
        if (tasks != address(0)) revert TasksAlreadyBound(tasks);
        if (tasks_ == address(0)) revert ZeroAddress();

        tasks = tasks_;

        emit TasksBound(tasks_);
    }

    // --- Seats ---

    /// @inheritdoc IStakeRegistry
    function join(Role role, uint256 stakeUnits, bytes32 profileHash) external nonReentrant {
        _join(role, stakeUnits, profileHash);
    }

    /// @inheritdoc IStakeRegistry
    function joinWithPermit(
        Role role,
        uint256 stakeUnits,
        bytes32 profileHash,
        uint256 deadline,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external nonReentrant {
        // Somebody may have sent the permit ahead: then this one fails, and the allowance is there all the same.
        try IERC20Permit(address(TOKEN)).permit(msg.sender, address(this), stakeUnits, deadline, v, r, s) {} catch {}
        _join(role, stakeUnits, profileHash);
    }

    /// @inheritdoc IStakeRegistry
    function addStake(uint256 amountUnits) external nonReentrant {
        StoredAccount storage account = _accounts[msg.sender];
        Role role = account.role;
        if (role == Role.None) revert NotJoined(msg.sender);

        uint96 receivedUnits = _pull(amountUnits, account.stakedUnits);

        account.stakedUnits += receivedUnits;

        emit StakeAdded(msg.sender, receivedUnits);
        if (account.exitableAt == 0 && account.stakedUnits >= MIN_STAKE && !_isSeated(msg.sender)) {
            _takeSeat(msg.sender, role);
        }
    }

    /// @inheritdoc IStakeRegistry
    function requestExit() external {
        StoredAccount storage account = _accounts[msg.sender];
        if (account.role == Role.None) revert NotJoined(msg.sender);
        if (account.exitableAt != 0) revert AlreadyExiting(msg.sender);

        // Block times fit 40 bits for 34,000 years; a deployment whose UNBONDING does not is of no use to anybody.
        account.exitableAt = uint40(block.timestamp + UNBONDING);

        emit ExitRequested(msg.sender, account.exitableAt);
        if (_isSeated(msg.sender)) _vacateSeat(msg.sender, account.role);
    }

    /// @inheritdoc IStakeRegistry
    function withdraw() external {
        withdrawFor(msg.sender);
    }

    /// @inheritdoc IStakeRegistry
    function withdrawFor(address validator) public nonReentrant {
        StoredAccount storage account = _accounts[validator];
        if (account.exitableAt == 0) revert NotExiting(validator);
        if (block.timestamp < account.exitableAt) revert CooldownNotOver(account.exitableAt);
        uint96 freeUnits = account.stakedUnits - account.lockedUnits;
        if (freeUnits == 0) revert NothingToWithdraw(validator);

        account.stakedUnits -= freeUnits;

        emit StakeWithdrawn(validator, freeUnits);
        TOKEN.safeTransfer(validator, freeUnits);
    }

    // --- Sessions ---

    /// @inheritdoc IStakeRegistry
    function authorizeSession(
        address validator,
        address key,
        uint64 expiresAt,
        uint256 nonce,
        bytes calldata signature
    ) external {
        StoredAccount storage account = _accounts[validator];
        if (account.role == Role.None) revert NotJoined(validator);
        if (key == validator) revert SessionKeyIsValidator(validator);
        if (expiresAt <= block.timestamp) revert SessionExpiresInThePast(expiresAt);
        if (_sessions[validator][key].authorizedAt != 0) revert SessionAlreadyKnown(validator, key);
        _useNonce(validator, nonce);
        _checkSignature(
            validator,
            keccak256(abi.encode(SESSION_TYPEHASH, validator, key, expiresAt, nonce)),
            signature
        );

        uint16 number = account.sessions;
        if (number == type(uint16).max) revert TooManySessions(validator);
        account.sessions = ++number;
        _sessions[validator][key] = Session(uint64(block.timestamp), expiresAt, 0, number);

        emit SessionAuthorized(validator, key, expiresAt, nonce);
    }

    /// @inheritdoc IStakeRegistry
    function revokeSession(address key) external {
        _revokeSession(msg.sender, key);
    }

    /// @inheritdoc IStakeRegistry
    function revokeSessionFor(address validator, address key, uint256 nonce, bytes calldata signature) external {
        _useNonce(validator, nonce);
        _checkSignature(validator, keccak256(abi.encode(REVOCATION_TYPEHASH, validator, key, nonce)), signature);
        _revokeSession(validator, key);
    }

    // --- Locks: the task contract alone ---

    /// @inheritdoc IStakeRegistry
    function lock(bytes32, address validator, uint256 amountUnits) external onlyTasks returns (bool locked) {
        StoredAccount storage account = _accounts[validator];
        (uint96 stakedUnits, uint96 lockedUnits) = (account.stakedUnits, account.lockedUnits);
        if (amountUnits > stakedUnits - lockedUnits) return false;

        // lockedUnits + amountUnits <= stakedUnits < 2^96.
        unchecked {
            account.lockedUnits = lockedUnits + uint96(amountUnits);
        }
        return true;
    }

    /// @inheritdoc IStakeRegistry
    function unlock(bytes32, address validator, uint256 amountUnits) external onlyTasks {
        _unlock(validator, amountUnits);
    }

    /// @inheritdoc IStakeRegistry
    function forfeit(bytes32 taskId, address validator, uint256 lockUnits, uint256 lossUnits) external onlyTasks {
        _forfeit(taskId, validator, lockUnits, lossUnits);
    }

    /// @inheritdoc IStakeRegistry
    function settle(
        bytes32 taskId,
        address validator,
        uint256 lockUnits,
        uint256 lossUnits,
        uint256 payUnits
    ) external onlyTasks {
        if (lossUnits == 0) _unlock(validator, lockUnits);
        else _forfeit(taskId, validator, lockUnits, lossUnits);

        // Pay is below 2^110; whatever adds up to 2^160 of it is no token.
        if (payUnits != 0) _accounts[validator].creditUnits += uint160(payUnits);
    }

    /// @inheritdoc IStakeRegistry
    function takeCredit(address validator) external onlyTasks returns (uint256 creditUnits) {
        creditUnits = _accounts[validator].creditUnits;
        if (creditUnits != 0) _accounts[validator].creditUnits = 0;
    }

    /// @inheritdoc IStakeRegistry
    function seize(bytes32 taskId, address validator, uint256 amountUnits) external onlyTasks nonReentrant {
        StoredAccount storage account = _accounts[validator];
        (uint96 stakedUnits, uint96 lockedUnits) = (account.stakedUnits, account.lockedUnits);
        if (amountUnits > lockedUnits) revert UnlockAboveLocked(validator, amountUnits, lockedUnits);

        // amountUnits <= lockedUnits <= stakedUnits < 2^96, so what stays locked is still covered [G2].
        unchecked {
            account.lockedUnits = lockedUnits - uint96(amountUnits);
            account.stakedUnits = stakedUnits - uint96(amountUnits);
        }

        emit StakeSeized(taskId, validator, amountUnits);
        if (account.stakedUnits < MIN_STAKE && _isSeated(validator)) _vacateSeat(validator, account.role);
        TOKEN.safeTransfer(msg.sender, amountUnits);
    }

    /// @inheritdoc IStakeRegistry
    function payCommons() external nonReentrant {
        uint256 amountUnits = commonsDueUnits;
        if (amountUnits == 0) revert NothingToWithdraw(COMMONS);

        commonsDueUnits = 0;

        emit CommonsPaid(amountUnits);
        TOKEN.safeTransfer(COMMONS, amountUnits);
    }

    // --- Views ---

    /// @inheritdoc IStakeRegistry
    function token() external view returns (address) {
        return address(TOKEN);
    }

    /// @inheritdoc IStakeRegistry
    function commons() external view returns (address) {
        return COMMONS;
    }

    /// @inheritdoc IStakeRegistry
    function accountOf(address validator) external view returns (Account memory) {
        StoredAccount storage account = _accounts[validator];
        return Account(account.stakedUnits, account.lockedUnits, account.role, account.exitableAt);
    }

    /// @inheritdoc IStakeRegistry
    function freeStakeOf(address validator) external view returns (uint256) {
        return _accounts[validator].stakedUnits - _accounts[validator].lockedUnits;
    }

    /// @inheritdoc IStakeRegistry
    function creditOf(address validator) external view returns (uint256) {
        return _accounts[validator].creditUnits;
    }

    /// @inheritdoc IStakeRegistry
    function sessionOf(address validator, address key) external view returns (Session memory) {
        return _sessions[validator][key];
    }

    /// @inheritdoc IStakeRegistry
    function isSessionRevoked(address validator, uint16 number) external view returns (bool) {
        return _sessionRevoked[validator].get(number);
    }

    /// @inheritdoc IStakeRegistry
    function isNonceUsed(address validator, uint256 nonce) external view returns (bool) {
        return _nonceUsed[validator][nonce];
    }

    /// @inheritdoc IStakeRegistry
    function roleAt(address validator, uint256 blockNumber) external view returns (Role) {
        StoredAccount storage account = _accounts[validator];
        uint256 seatFromBlock = account.seatFromBlock;
        if (seatFromBlock != 0 && seatFromBlock <= blockNumber) return account.role;
        // Only values of Role are ever pushed. A block number above 2^48 would be cut off; none is in sight.
        return Role(uint8(_roleHistory[validator].upperLookupRecent(uint48(blockNumber))));
    }

    /// @inheritdoc IStakeRegistry
    function activeSeatsAt(Role role, uint256 blockNumber) external view returns (uint256) {
        return _seatHistory[role].upperLookupRecent(uint48(blockNumber));
    }

    // --- Internals ---

    function _join(Role role, uint256 stakeUnits, bytes32 profileHash) private {
        if (tasks == address(0)) revert TasksNotBound();
        if (role == Role.None) revert RoleNotJoinable();
        if (msg.sender == COMMONS) revert CommonsCannotJoin();
        StoredAccount storage account = _accounts[msg.sender];
        if (account.role != Role.None) revert AlreadyJoined(msg.sender);

        uint96 receivedUnits = _pull(stakeUnits, 0);
        if (receivedUnits < MIN_STAKE) revert StakeBelowMinimum(receivedUnits, MIN_STAKE);

        account.stakedUnits = receivedUnits;
        account.role = role;
        account.joinedAt = uint40(block.timestamp); // 40 bits last for 34,000 years

        emit Joined(msg.sender, role, receivedUnits, profileHash);
        _takeSeat(msg.sender, role);
    }

    /// @dev Takes tokens from the caller and returns what arrived, which a token with a fee makes less than asked
    /// for.
    function _pull(uint256 amountUnits, uint256 stakedUnits) private returns (uint96) {
        uint256 before = TOKEN.balanceOf(address(this));
        TOKEN.safeTransferFrom(msg.sender, address(this), amountUnits);
        uint256 receivedUnits = TOKEN.balanceOf(address(this)) - before;

        if (receivedUnits > type(uint96).max - stakedUnits) revert StakeTooLarge(receivedUnits);
        return uint96(receivedUnits); // fits: checked in the line above
    }

    function _forfeit(bytes32 taskId, address validator, uint256 lockUnits, uint256 lossUnits) private {
        StoredAccount storage account = _accounts[validator];
        (uint96 stakedUnits, uint96 lockedUnits) = (account.stakedUnits, account.lockedUnits);
        if (lossUnits > lockUnits) revert LossAboveLock(lossUnits, lockUnits);
        if (lockUnits > lockedUnits) revert UnlockAboveLocked(validator, lockUnits, lockedUnits);

        // lossUnits <= lockUnits <= lockedUnits <= stakedUnits < 2^96, so what stays locked is still covered [G2].
        unchecked {
            account.lockedUnits = lockedUnits - uint96(lockUnits);
            account.stakedUnits = stakedUnits - uint96(lossUnits);
        }
        commonsDueUnits += lossUnits;

        emit StakeForfeited(taskId, validator, lossUnits);
        if (account.stakedUnits < MIN_STAKE && _isSeated(validator)) _vacateSeat(validator, account.role);
    }

    function _unlock(address validator, uint256 amountUnits) private {
        StoredAccount storage account = _accounts[validator];
        uint96 lockedUnits = account.lockedUnits;
        if (amountUnits > lockedUnits) revert UnlockAboveLocked(validator, amountUnits, lockedUnits);

        // amountUnits <= lockedUnits < 2^96.
        unchecked {
            account.lockedUnits = lockedUnits - uint96(amountUnits);
        }
    }

    function _isSeated(address validator) private view returns (bool) {
        return _accounts[validator].seatFromBlock != 0;
    }

    function _takeSeat(address validator, Role role) private {
        uint48 fromBlock = _nextBlock();
        Checkpoints.Trace208 storage seats = _seatHistory[role];

        _accounts[validator].seatFromBlock = fromBlock;
        _roleHistory[validator].push(fromBlock, uint8(role));
        seats.push(fromBlock, seats.latest() + 1);

        emit SeatTaken(validator, role, fromBlock);
    }

    function _vacateSeat(address validator, Role role) private {
        uint48 fromBlock = _nextBlock();
        Checkpoints.Trace208 storage seats = _seatHistory[role];

        _accounts[validator].seatFromBlock = 0;
        _roleHistory[validator].push(fromBlock, 0);
        seats.push(fromBlock, seats.latest() - 1);

        emit SeatVacated(validator, role, fromBlock);
    }

    function _nextBlock() private view returns (uint48) {
        return uint48(block.number + 1); // block numbers stay far below 2^48
    }

    function _useNonce(address validator, uint256 nonce) private {
        if (_nonceUsed[validator][nonce]) revert NonceUsed(validator, nonce);
        _nonceUsed[validator][nonce] = true;
    }

    function _checkSignature(address validator, bytes32 structHash, bytes calldata signature) private view {
        if (!Signatures.isBy(validator, _hashTypedDataV4(structHash), signature)) revert BadSessionSignature(validator);
    }

    function _revokeSession(address validator, address key) private {
        Session storage session = _sessions[validator][key];
        if (session.authorizedAt == 0 || session.revokedAt != 0) revert SessionNotActive(validator, key);

        session.revokedAt = uint64(block.timestamp);
        _sessionRevoked[validator].set(session.number);

        emit SessionRevoked(validator, key);
    }
}
