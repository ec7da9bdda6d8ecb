// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {BitMaps} from "@openzeppelin/contracts/utils/structs/BitMaps.sol";

import {IFeedbackTasks} from "./interfaces/IFeedbackTasks.sol";
import {IStakeRegistry} from "./interfaces/IStakeRegistry.sol";
import {Admission} from "./libraries/Admission.sol";
import {BallotCodec} from "./libraries/BallotCodec.sol";
import {BallotRecord, BallotRecordLib} from "./libraries/BallotRecord.sol";
import {Books} from "./libraries/Books.sol";
import {Counting} from "./libraries/Counting.sol";
import {Funding} from "./libraries/Funding.sol";
import {Draws} from "./libraries/Draws.sol";
import {Gold, GoldKey} from "./libraries/Gold.sol";
import {OmissionBook, Omissions} from "./libraries/Omissions.sol";
import {Pay} from "./libraries/Pay.sol";
import {Scoring} from "./libraries/Scoring.sol";
import {Signatures} from "./libraries/Signatures.sol";
import {StoredTallies} from "./libraries/Tallies.sol";
import {Task} from "./libraries/Task.sol";

/// @title Tasks, escrow, ballots and pay
/// @notice All that callers need to know is in {IFeedbackTasks}.
contract FeedbackTasks is IFeedbackTasks, EIP712, ReentrancyGuardTransient {
    using BitMaps for BitMaps.BitMap;
    using SafeERC20 for IERC20;

    /// @dev What is the same for every ballot of one call of `commit`.
    struct CommitCall {
        bytes32 taskId;
        bytes32 seed;
        uint256 snapshotBlock;
        uint256 itemCount;
        uint256 maxPenalty;
        uint256 sessionsValidAt;
        bool aisLate;
        RoleAdmission human;
        RoleAdmission ai;
    }

    /// @dev Who of a role may commit, at what price.
    struct RoleAdmission {
        uint256 price;
        bytes32 root;
        uint256 admitted;
        uint256 pool;
        uint256 poolLimit;
    }

    bytes32 private constant ACCEPTANCE_TYPEHASH = keccak256("OperatorAcceptance(bytes32 taskId)");

    IStakeRegistry private immutable REGISTRY;
    IERC20 private immutable TOKEN;
    address private immutable COMMONS;
    uint256 private immutable UNBONDING;
    /// @inheritdoc IFeedbackTasks
    uint256 public immutable SEED_DELAY;
    /// @inheritdoc IFeedbackTasks
    uint256 public immutable MIN_POOL;
    /// @inheritdoc IFeedbackTasks
    uint256 public immutable MIN_COMMIT;
    /// @inheritdoc IFeedbackTasks
    uint256 public immutable MIN_REVEAL;
    /// @inheritdoc IFeedbackTasks
    uint256 public immutable CLAIM_WINDOW;

    mapping(bytes32 taskId => Task) private _tasks;
    mapping(bytes32 taskId => mapping(address validator => BallotRecord)) private _records;
    mapping(bytes32 taskId => StoredTallies) private _tallies;
    mapping(bytes32 taskId => GoldKey) private _goldKeys;
    mapping(bytes32 taskId => OmissionBook) private _omissions;
    /// @dev Admission indexes in use, AIs' apart from humans'.
    mapping(bytes32 taskId => mapping(bool isAi => BitMaps.BitMap)) private _admissionIndexes;
    /// @dev The highest version that free stake did not cover; apart, for it seldom happens.
    mapping(bytes32 taskId => mapping(address validator => uint32)) private _unfundedVersions;
    /// @dev Refunds, fees, claims, and what the commons get. Pay is noted in the registry, beside the stake.
    mapping(address account => uint256) private _credits;
    /// @inheritdoc IFeedbackTasks
    mapping(address requester => uint256) public nonceOf;

    constructor(IStakeRegistry registry_, Deployment memory deployment) EIP712("Scrutineer", "1") {
        REGISTRY = registry_;
        TOKEN = IERC20(registry_.token());
        COMMONS = registry_.commons();
        UNBONDING = registry_.UNBONDING();
        SEED_DELAY = deployment.seedDelay;
        MIN_POOL = deployment.minPool;
        MIN_COMMIT = deployment.minCommit;
        MIN_REVEAL = deployment.minReveal;
        CLAIM_WINDOW = deployment.claimWindow;
    }

    // --- Funded ---

    /// @inheritdoc IFeedbackTasks
    function createTask(
        Terms calldata terms,
        bytes calldata operatorAcceptance
    ) external nonReentrant returns (bytes32 taskId) {
        return _createTask(terms, operatorAcceptance);
    }

    /// @inheritdoc IFeedbackTasks
    function createTaskWithPermit(
        Terms calldata terms,
        bytes calldata operatorAcceptance,
        uint256 deadline,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external nonReentrant returns (bytes32 taskId) {
        uint256 escrowUnits = Pay.escrow(
            terms.itemCount,
            terms.humanVotes,
            terms.humanPrice,
            terms.aiVotes,
            terms.aiPrice,
            terms.operatorFee
        );
        // Somebody may have sent the permit ahead: then this one fails, and the allowance is there all the same.
        try IERC20Permit(address(TOKEN)).permit(msg.sender, address(this), escrowUnits, deadline, v, r, s) {} catch {}
        return _createTask(terms, operatorAcceptance);
    }

    /// @inheritdoc IFeedbackTasks
    function cancelTask(bytes32 taskId) external {
        Task storage task = _existing(taskId);
        Books.cancel(task, _credits, taskId, SEED_DELAY);
        if (!task.bondReleased) Omissions.releaseBond(_omissions[taskId], task, taskId, REGISTRY);
    }

    /// @inheritdoc IFeedbackTasks
    function openTask(bytes32 taskId) external {
        Task storage task = _existing(taskId);
        if (task.opened || task.cancelled) revert WrongState(taskId, _stateOf(task));

        Draws.open(task, taskId, REGISTRY, SEED_DELAY, MIN_POOL);
    }

    // --- Open and Committing ---

    /// @inheritdoc IFeedbackTasks
    function anchor(bytes32 taskId, bytes32 root, uint256 ballots) external {
        _existing(taskId);

        emit Anchored(taskId, msg.sender, root, ballots);
    }

    /// @inheritdoc IFeedbackTasks
    function commit(bytes32 taskId, SignedBallot[] calldata ballots) external returns (Refusal[] memory refusals) {
        Task storage task = _existing(taskId);
        State state = _stateOf(task);
        if (state != State.Open && state != State.Committing) revert WrongState(taskId, state);

        CommitCall memory call = _commitCall(taskId, task);
        refusals = new Refusal[](ballots.length);
        uint32 fresh = 0;
        for (uint256 i = 0; i < ballots.length; ++i) {
            bool isFresh;
            (refusals[i], isFresh) = _commitOne(call, ballots[i]);
            if (isFresh) ++fresh;
        }

        if (fresh != 0) task.ballotsCommitted += fresh;
    }

    // --- Revealing ---

    /// @inheritdoc IFeedbackTasks
    function reveal(bytes32 taskId, Opening[] calldata openings) external returns (Refusal[] memory refusals) {
        Task storage task = _existingIn(taskId, State.Revealing);

        Counting.Claim[] memory claims;
        (refusals, claims) = _checkOpenings(taskId, task, openings);
        (Counting.Counted[] memory counted, uint256 paidHuman, uint256 paidAi) = Counting.count(
            _tallies[taskId],
            _countingRules(task),
            claims,
            openings
        );
        uint256 voided = _writeOpenings(taskId, task, claims, openings, counted);

        // Casts: at most 15 · 4,096 paid votes a task; the ballots voided are among the 2^32 committed.
        task.paidVotesHuman += uint32(paidHuman);
        task.paidVotesAi += uint32(paidAi);
        task.ballotsSettled += uint32(voided);
    }

    /// @inheritdoc IFeedbackTasks
    function openGold(bytes32 taskId, bytes32 salt, bytes calldata golds) external {
        Gold.open(_existingIn(taskId, State.Revealing), taskId, salt, golds);
    }

    // --- Settling ---

    /// @inheritdoc IFeedbackTasks
    function judgeGold(bytes32 taskId, bytes calldata golds) external {
        Gold.judge(_existingIn(taskId, State.Settling), _goldKeys[taskId], _tallies[taskId], taskId, golds);
    }

    /// @inheritdoc IFeedbackTasks
    function settle(
        bytes32 taskId,
        address[] calldata validators,
        bytes[] calldata entries
    ) external returns (Refusal[] memory refusals) {
        if (validators.length != entries.length) revert LengthsDiffer(validators.length, entries.length);
        Task storage task = _existingIn(taskId, State.Settling);
        if (task.gold == GoldStage.Opened) revert GoldNotJudged(taskId);

        if (!task.booksClosed) Books.close(task, _credits, taskId);
        refusals = _settleBallots(taskId, task, validators, entries);
        if (task.ballotsSettled == task.ballotsCommitted) Books.finish(task, _credits, taskId, COMMONS);
    }

    /// @inheritdoc IFeedbackTasks
    function claimOmission(
        bytes32 taskId,
        SignedBallot calldata ballot,
        bytes32 receiptR,
        bytes32 receiptVs,
        Opening calldata opening,
        bytes calldata recordedEntries
    ) external {
        Omissions.claim(
            _omissions[taskId],
            _existing(taskId),
            _records[taskId][ballot.validator],
            _unfundedVersions[taskId][ballot.validator],
            _admissionIndexes[taskId],
            Omissions.Context(taskId, _domainSeparatorV4(), REGISTRY, CLAIM_WINDOW),
            ballot,
            receiptR,
            receiptVs,
            opening,
            recordedEntries
        );
    }

    /// @inheritdoc IFeedbackTasks
    function releaseBond(bytes32 taskId) external nonReentrant {
        Task storage task = _existing(taskId);
        uint256 until = task.revealEndsAt + CLAIM_WINDOW;
        if (task.bondReleased) revert BondAlreadyReleased(taskId);
        if (block.timestamp < until) revert BondStillHeld(until);

        Omissions.releaseBond(_omissions[taskId], task, taskId, REGISTRY);
    }

    /// @inheritdoc IFeedbackTasks
    function payClaim(bytes32 taskId, address validator) external nonReentrant {
        Omissions.pay(_omissions[taskId], _existing(taskId), _credits, taskId, validator, COMMONS);
    }

    // --- Credits ---

    /// @inheritdoc IFeedbackTasks
    function withdraw() external {
        withdrawFor(msg.sender);
    }

    /// @inheritdoc IFeedbackTasks
    function withdrawFor(address account) public nonReentrant {
        uint256 amountUnits = _credits[account] + REGISTRY.takeCredit(account);
        if (amountUnits == 0) revert NothingToWithdraw(account);

        _credits[account] = 0;

        emit Withdrawn(account, amountUnits);
        TOKEN.safeTransfer(account, amountUnits);
    }

    // --- Views ---

    /// @inheritdoc IFeedbackTasks
    function registry() external view returns (address) {
        return address(REGISTRY);
    }

    /// @inheritdoc IFeedbackTasks
    function token() external view returns (address) {
        return address(TOKEN);
    }

    /// @inheritdoc IFeedbackTasks
    function commons() external view returns (address) {
        return COMMONS;
    }

    /// @inheritdoc IFeedbackTasks
    function stateOf(bytes32 taskId) public view returns (State) {
        return _stateOf(_tasks[taskId]);
    }

    /// @inheritdoc IFeedbackTasks
    function factsOf(bytes32 taskId) external view returns (Facts memory) {
        Task storage task = _existing(taskId);
        return
            Facts({
                requester: task.requester,
                createdAt: task.createdAt,
                snapshotBlock: task.snapshotBlock,
                seedBlock: uint64(task.snapshotBlock + SEED_DELAY), // block numbers stay far below 2^64
                seed: task.seed,
                opened: task.opened,
                cancelled: task.cancelled,
                booksClosed: task.booksClosed,
                bondReleased: task.bondReleased,
                ballotsCommitted: task.ballotsCommitted,
                ballotsSettled: task.ballotsSettled,
                paidVotesHuman: task.paidVotesHuman,
                paidVotesAi: task.paidVotesAi,
                escrowUnits: Books.escrowOf(task),
                paidUnits: task.paidUnits,
                penaltyUnits: task.penaltyUnits,
                gold: task.gold
            });
    }

    /// @inheritdoc IFeedbackTasks
    function drawOf(bytes32 taskId) external view returns (Draw memory human, Draw memory ai) {
        Task storage task = _existing(taskId);
        return (task.human, task.ai);
    }

    /// @inheritdoc IFeedbackTasks
    function recordOf(bytes32 taskId, address validator) external view returns (Record memory) {
        BallotRecord record = _records[taskId][validator];
        return
            Record({
                fingerprint: record.fingerprint(),
                version: record.version(),
                unfundedVersion: _unfundedVersions[taskId][validator],
                judgments: record.judgments(),
                admissionIndex: record.admissionIndex(),
                opened: record.isOpened(),
                void_: record.isVoid(),
                settled: record.isSettled(),
                session: record.session()
            });
    }

    /// @inheritdoc IFeedbackTasks
    function tallyOf(bytes32 taskId, uint256 itemIndex) external view returns (Tally memory) {
        Task storage task = _existing(taskId);
        if (itemIndex >= task.itemCount) revert NoSuchItem(taskId, itemIndex);
        return Counting.tallyOf(_tallies[taskId], task.itemCount, task.aiVotes != 0, itemIndex);
    }

    /// @inheritdoc IFeedbackTasks
    function creditOf(address account) external view returns (uint256) {
        return _credits[account] + REGISTRY.creditOf(account);
    }

    /// @inheritdoc IFeedbackTasks
    function taskIdOf(address requester, uint256 nonce, Terms calldata terms) external view returns (bytes32) {
        return Funding.taskIdOf(requester, nonce, terms);
    }

    /// @inheritdoc IFeedbackTasks
    function ballotDigest(
        bytes32 taskId,
        address validator,
        uint32 version,
        uint16 judgments,
        bytes32 commitment
    ) public view returns (bytes32) {
        return
            _hashTypedDataV4(
                BallotCodec.hashOf(BallotCodec.BALLOT_TYPEHASH, taskId, validator, version, judgments, commitment)
            );
    }

    // --- Internals: life of a task ---

    function _existing(bytes32 taskId) private view returns (Task storage task) {
        task = _tasks[taskId];
        if (task.requester == address(0)) revert NoSuchTask(taskId);
    }

    function _existingIn(bytes32 taskId, State wanted) private view returns (Task storage task) {
        task = _existing(taskId);
        State state = _stateOf(task);
        if (state != wanted) revert WrongState(taskId, state);
    }

    function _stateOf(Task storage task) private view returns (State) {
        if (task.requester == address(0)) return State.None;
        if (task.cancelled) return State.Cancelled;
        if (!task.opened) return State.Funded;
        if (block.timestamp < task.closesAt) return State.Open;
        if (block.timestamp < task.commitEndsAt) return State.Committing;
        if (block.timestamp < task.revealEndsAt) return State.Revealing;
        if (!task.booksClosed || task.ballotsSettled != task.ballotsCommitted) return State.Settling;
        return State.Settled;
    }

    function _createTask(Terms calldata terms, bytes calldata operatorAcceptance) private returns (bytes32 taskId) {
        if (msg.sender == COMMONS) revert CommonsCannotTakePart(msg.sender);
        uint256 nonce = nonceOf[msg.sender]++;
        taskId = Funding.taskIdOf(msg.sender, nonce, terms);
        (address operator, uint256 bondUnits) = (terms.operator, terms.operatorBond);
        if (REGISTRY.roleAt(operator, block.number) != IStakeRegistry.Role.Operator) revert OperatorNotActive(operator);
        _checkAcceptance(taskId, operator, operatorAcceptance);

        uint256 escrowUnits = Funding.create(
            _tasks[taskId],
            Funding.Limits(MIN_COMMIT, MIN_REVEAL, CLAIM_WINDOW, UNBONDING, SEED_DELAY),
            taskId,
            nonce,
            terms
        );
        if (!REGISTRY.lock(taskId, operator, bondUnits)) revert BondNotCovered(operator, bondUnits);
        _pullExactly(escrowUnits);
    }

    function _checkAcceptance(bytes32 taskId, address operator, bytes calldata signature) private view {
        bytes32 digest = _hashTypedDataV4(keccak256(abi.encode(ACCEPTANCE_TYPEHASH, taskId)));
        if (!Signatures.isBy(operator, digest, signature)) revert BadOperatorAcceptance(taskId);
    }

    /// @dev Takes the escrow from the caller; a token that keeps a fee, or a balance that moved meanwhile, is
    /// refused.
    function _pullExactly(uint256 amountUnits) private {
        uint256 before = TOKEN.balanceOf(address(this));
        TOKEN.safeTransferFrom(msg.sender, address(this), amountUnits);
        uint256 receivedUnits = TOKEN.balanceOf(address(this)) - before;
        if (receivedUnits != amountUnits) revert EscrowNotReceived(receivedUnits, amountUnits);
    }

    // --- Internals: commit ---

    function _commitCall(bytes32 taskId, Task storage task) private view returns (CommitCall memory call) {
        call.taskId = taskId;
        call.seed = task.seed;
        call.snapshotBlock = task.snapshotBlock;
        call.itemCount = task.itemCount;
        call.maxPenalty = task.maxPenalty;
        call.sessionsValidAt = Math.min(block.timestamp, task.closesAt);
        call.aisLate = task.conditionOnAi && block.timestamp >= task.aiClosesAt;
        call.human = _admission(task.humanPrice, task.humanAdmissionRoot, task.humanAdmitted, task.human);
        call.ai = _admission(task.aiPrice, task.aiAdmissionRoot, task.aiAdmitted, task.ai);
    }

    function _admission(
        uint256 price,
        bytes32 root,
        uint256 admitted,
        Draw storage draw
    ) private view returns (RoleAdmission memory) {
        (uint256 pool, uint256 seats) = (draw.pool, draw.seats);
        return RoleAdmission(price, root, admitted, pool, pool == 0 ? 0 : Draws.poolLimit(pool, seats));
    }

    /// @return refusal why the ballot was passed over, or None
    /// @return isFresh whether the record is the validator's first in this task
    function _commitOne(
        CommitCall memory call,
        SignedBallot calldata ballot
    ) private returns (Refusal refusal, bool isFresh) {
        address validator = ballot.validator;
        IStakeRegistry.Role role = REGISTRY.roleAt(validator, call.snapshotBlock);
        bool isAi = role == IStakeRegistry.Role.Ai;
        if (!isAi && role != IStakeRegistry.Role.Human) return (Refusal.NotActiveAtSnapshot, false);
        if (isAi && call.aisLate) return (Refusal.AfterAiClose, false);

        RoleAdmission memory admission = isAi ? call.ai : call.human;
        BallotRecord old = _records[call.taskId][validator];
        refusal = _checkAdmission(call, admission, isAi, old, ballot);
        if (refusal != Refusal.None) return (refusal, false);
        if (ballot.judgments == 0 || ballot.judgments > call.itemCount) return (Refusal.JudgmentsOutOfRange, false);

        (address signer, uint16 session) = _signerOf(call, ballot);
        if (signer == address(0)) return (Refusal.BadSignature, false);
        if (!_isNewer(old, validator, session, ballot.version)) return (Refusal.NotNewer, false);

        uint256 lockUnits = Pay.lockOf(ballot.judgments, admission.price, call.maxPenalty);
        if (
            !_moveLock(call.taskId, validator, Pay.lockOf(old.judgments(), admission.price, call.maxPenalty), lockUnits)
        ) {
            _noteUnfunded(call.taskId, validator, ballot.version);
            return (Refusal.Unfunded, false);
        }
        _writeRecord(call.taskId, isAi, session, admission.root != 0, ballot);

        emit BallotCommitted(
            call.taskId,
            validator,
            signer,
            ballot.version,
            ballot.judgments,
            admission.root == 0 ? 0 : uint16(ballot.admissionIndex), // checked to be below 65,536 admitted seats
            ballot.commitment,
            lockUnits
        );
        return (Refusal.None, !old.exists());
    }

    function _checkAdmission(
        CommitCall memory call,
        RoleAdmission memory admission,
        bool isAi,
        BallotRecord old,
        SignedBallot calldata ballot
    ) private view returns (Refusal) {
        if (admission.root != 0) {
            if (!Admission.isListed(admission.root, admission.admitted, ballot)) return Refusal.NotAdmitted;

            uint256 index = ballot.admissionIndex;
            bool own = old.exists() && old.admissionIndex() == index;
            if (!own && _admissionIndexes[call.taskId][isAi].get(index)) return Refusal.AdmissionIndexTaken;
        }
        if (admission.pool == 0 || Draws.poolHash(call.seed, ballot.validator) > admission.poolLimit) {
            return Refusal.NotInPool;
        }
        return Refusal.None;
    }

    /// @return signer the wallet itself or a session key that is in force; zero for any other
    /// @return session the key's number, or zero: the wallet
    function _signerOf(
        CommitCall memory call,
        SignedBallot calldata ballot
    ) private view returns (address signer, uint16 session) {
        bytes32 digest = ballotDigest(
            call.taskId,
            ballot.validator,
            ballot.version,
            ballot.judgments,
            ballot.commitment
        );
        (signer, , ) = ECDSA.tryRecover(digest, ballot.r, ballot.vs); // zero where there is nobody to recover
        if (signer == ballot.validator || signer == address(0)) return (signer, 0);

        IStakeRegistry.Session memory known = REGISTRY.sessionOf(ballot.validator, signer);
        bool inForce = known.authorizedAt != 0 && known.revokedAt == 0 && known.expiresAt > call.sessionsValidAt;
        return inForce ? (signer, known.number) : (address(0), 0);
    }

    /// @dev Wallet before session, then the higher version; what a since-revoked session signed yields to anything
    /// valid.
    function _isNewer(BallotRecord old, address validator, uint16 session, uint32 version) private view returns (bool) {
        if (version == 0) return false;
        if (!old.exists()) return true;
        uint16 oldSession = old.session();
        if (oldSession != 0 && oldSession != session) {
            if (session == 0) return true;
            if (REGISTRY.isSessionRevoked(validator, oldSession)) return true;
        }
        return (session == 0) == (oldSession == 0) && version > old.version();
    }

    function _moveLock(
        bytes32 taskId,
        address validator,
        uint256 oldUnits,
        uint256 newUnits
    ) private returns (bool covered) {
        if (newUnits > oldUnits) return REGISTRY.lock(taskId, validator, newUnits - oldUnits);
        if (newUnits < oldUnits) REGISTRY.unlock(taskId, validator, oldUnits - newUnits);
        return true;
    }

    function _noteUnfunded(bytes32 taskId, address validator, uint32 version) private {
        mapping(address validator => uint32) storage unfunded = _unfundedVersions[taskId];
        if (version > unfunded[validator]) unfunded[validator] = version;

        emit BallotUnfunded(taskId, validator, version);
    }

    function _writeRecord(
        bytes32 taskId,
        bool isAi,
        uint16 session,
        bool byList,
        SignedBallot calldata ballot
    ) private {
        uint256 index = byList ? ballot.admissionIndex : 0;
        if (byList) _admissionIndexes[taskId][isAi].set(index);

        _records[taskId][ballot.validator] = BallotRecordLib.make(
            ballot.commitment,
            isAi,
            session,
            ballot.version,
            uint16(index), // index < admitted seats <= 65,535
            ballot.judgments
        );
    }

    // --- Internals: reveal ---

    /// @dev Marks each ballot that may be opened now as opened, so that none is counted twice.
    function _checkOpenings(
        bytes32 taskId,
        Task storage task,
        Opening[] calldata openings
    ) private returns (Refusal[] memory refusals, Counting.Claim[] memory claims) {
        // AIs' verdicts are public before a person's are, never the other way round.
        bool firstHalf = block.timestamp < task.commitEndsAt + (task.revealEndsAt - task.commitEndsAt) / 2;
        bool anyTime = !task.conditionOnAi;

        mapping(address validator => BallotRecord) storage records = _records[taskId];
        refusals = new Refusal[](openings.length);
        claims = new Counting.Claim[](openings.length);
        for (uint256 i = 0; i < openings.length; ++i) {
            address validator = openings[i].validator;
            BallotRecord record = records[validator];
            refusals[i] = _checkOpening(taskId, record, anyTime || firstHalf == record.isAi(), openings[i]);
            if (refusals[i] != Refusal.None) continue;

            records[validator] = record.asOpened();
            claims[i] = Counting.Claim(record.isAi() ? Counting.Kind.Ai : Counting.Kind.Human, record.judgments());
        }
    }

    function _checkOpening(
        bytes32 taskId,
        BallotRecord record,
        bool inTime,
        Opening calldata opening
    ) private view returns (Refusal) {
        if (!record.exists()) return Refusal.NoRecord;
        if (!inTime) return Refusal.OutsideRevealTime;
        if (record.isOpened()) return Refusal.AlreadyOpened;
        if (!record.isOf(_commitmentOf(taskId, record.version(), opening))) return Refusal.WrongOpening;
        return Refusal.None;
    }

    /// @return voided how many ballots are void as a whole: no votes, no pay, the lock released
    function _writeOpenings(
        bytes32 taskId,
        Task storage task,
        Counting.Claim[] memory claims,
        Opening[] calldata openings,
        Counting.Counted[] memory counted
    ) private returns (uint256 voided) {
        mapping(address validator => BallotRecord) storage records = _records[taskId];
        for (uint256 i = 0; i < openings.length; ++i) {
            if (claims[i].kind == Counting.Kind.None) continue;
            address validator = openings[i].validator;
            BallotRecord record = records[validator];

            if (counted[i].wellFormed) {
                records[validator] = record.asCounted(keccak256(counted[i].effective));

                emit BallotRevealed(taskId, validator, counted[i].effective);
            } else {
                records[validator] = record.asVoid();
                ++voided;
                uint256 price = claims[i].kind == Counting.Kind.Ai ? task.aiPrice : task.humanPrice;
                REGISTRY.unlock(taskId, validator, Pay.lockOf(claims[i].judgments, price, task.maxPenalty));

                emit BallotVoided(taskId, validator);
            }
        }
    }

    function _countingRules(Task storage task) private view returns (Counting.Rules memory) {
        return
            Counting.Rules({
                seed: task.seed,
                itemCount: task.itemCount,
                withAis: task.aiVotes != 0,
                human: Counting.RoleRules(task.human.threshold, task.humanVotes),
                ai: Counting.RoleRules(task.ai.threshold, task.aiVotes)
            });
    }

    function _commitmentOf(bytes32 taskId, uint32 version, Opening calldata opening) private view returns (bytes32) {
        return
            BallotCodec.commitmentOf(
                taskId,
                opening.validator,
                version,
                opening.salt,
                keccak256(opening.entries),
                opening.notesHash
            );
    }

    // --- Internals: settle ---

    function _settleBallots(
        bytes32 taskId,
        Task storage task,
        address[] calldata validators,
        bytes[] calldata entries
    ) private returns (Refusal[] memory refusals) {
        Counting.Kind[] memory kinds;
        (refusals, kinds) = _checkSettlement(taskId, validators, entries);
        Scoring.Rules memory rules = _scoringRules(task);
        Scoring.Outcome[] memory outcomes = Scoring.score(_tallies[taskId], _goldKeys[taskId], rules, kinds, entries);

        mapping(address validator => BallotRecord) storage records = _records[taskId];
        uint256 paidUnits = 0;
        uint256 penaltyUnits = 0;
        uint256 settled = 0;
        for (uint256 i = 0; i < validators.length; ++i) {
            if (refusals[i] != Refusal.None) continue;
            BallotRecord record = records[validators[i]];
            // The same validator may stand twice in one call: the first element settles it.
            if (record.isSettled()) {
                refusals[i] = Refusal.AlreadySettled;
                continue;
            }
            records[validators[i]] = record.asSettled();
            (uint256 pay, uint256 loss) = _settleOne(taskId, rules, validators[i], record, outcomes[i]);
            paidUnits += pay;
            penaltyUnits += loss;
            ++settled;
        }
        // Casts: pay stays within the escrow, below 2^115; every loss was staked, below 2^96 each, of 2^32 ballots.
        task.paidUnits += uint128(paidUnits);
        task.penaltyUnits += uint128(penaltyUnits);
        task.ballotsSettled += uint32(settled);
    }

    function _checkSettlement(
        bytes32 taskId,
        address[] calldata validators,
        bytes[] calldata entries
    ) private view returns (Refusal[] memory refusals, Counting.Kind[] memory kinds) {
        mapping(address validator => BallotRecord) storage records = _records[taskId];
        refusals = new Refusal[](validators.length);
        kinds = new Counting.Kind[](validators.length);
        for (uint256 i = 0; i < validators.length; ++i) {
            BallotRecord record = records[validators[i]];
            if (!record.exists()) refusals[i] = Refusal.NoRecord;
            else if (record.isSettled()) refusals[i] = Refusal.AlreadySettled;
            else if (!record.isOpened()) continue;
            else if (!record.isOf(keccak256(entries[i]))) refusals[i] = Refusal.WrongEntries;
            else kinds[i] = record.isAi() ? Counting.Kind.Ai : Counting.Kind.Human;
        }
    }

    function _settleOne(
        bytes32 taskId,
        Scoring.Rules memory rules,
        address validator,
        BallotRecord record,
        Scoring.Outcome memory outcome
    ) private returns (uint256 payUnits, uint256 lossUnits) {
        uint256 price = record.isAi() ? rules.ai.price : rules.human.price;
        uint256 lockUnits = Pay.lockOf(record.judgments(), price, rules.maxPenalty);

        if (!record.isOpened()) {
            REGISTRY.forfeit(taskId, validator, lockUnits, lockUnits);

            emit BallotForfeited(taskId, validator, lockUnits);
            return (0, lockUnits);
        }

        (payUnits, lossUnits) = (outcome.payUnits, outcome.lossUnits);
        REGISTRY.settle(taskId, validator, lockUnits, lossUnits, payUnits);

        uint256 goldsMissed = outcome.goldsMissed;
        if (goldsMissed != 0) emit GoldGateFailed(taskId, validator, goldsMissed >> 8, goldsMissed & 0xff);
        emit BallotSettled(
            taskId,
            validator,
            outcome.scorePpm,
            outcome.scored,
            outcome.multiplePpm,
            payUnits,
            lossUnits
        );
    }

    function _scoringRules(Task storage task) private view returns (Scoring.Rules memory) {
        return
            Scoring.Rules({
                itemCount: task.itemCount,
                withAis: task.aiVotes != 0,
                conditionOnAi: task.conditionOnAi,
                goldGate: task.gold == GoldStage.Gate,
                fullPayScore: task.fullPayScore,
                breakEven: task.breakEven,
                maxPenalty: task.maxPenalty,
                human: Scoring.RoleRules(task.humanPrice, task.humanVotes, task.human.need),
                ai: Scoring.RoleRules(task.aiPrice, task.aiVotes, task.ai.need)
            });
    }
}
