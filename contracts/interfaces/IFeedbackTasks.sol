// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @title Tasks, their escrow, the ballots cast in them, and what each ballot earns
/// @notice Functions come in the order of a task's life. There is no owner, no pause and no upgrade.
/// Amounts are in the token's smallest unit, times in seconds, shares and scores in parts per million (ppm).
interface IFeedbackTasks {
    /// @notice Derived from block time and stored facts alone; intervals are half-open.
    enum State {
        None,
        Funded,
        Open,
        Committing,
        Revealing,
        Settling,
        Settled,
        Cancelled
    }

    /// @notice What has become of a task's golds. `Sealed`: not opened, or there are none.
    enum GoldStage {
        Sealed,
        Opened,
        NoGate,
        Gate
    }

    /// @notice Why one element of a batch was passed over. `None`: it was taken.
    enum Refusal {
        None,
        NotActiveAtSnapshot,
        AfterAiClose,
        NotAdmitted,
        AdmissionIndexTaken,
        NotInPool,
        JudgmentsOutOfRange,
        BadSignature,
        NotNewer,
        Unfunded,
        NoRecord,
        OutsideRevealTime,
        AlreadyOpened,
        WrongOpening,
        AlreadySettled,
        WrongEntries
    }

    /// @notice What a requester and an operator agree on; never changes [G3]. Bounds: protocol.md, section 4.
    struct Terms {
        address operator;
        uint96 operatorBond;
        address receiptKey;
        bytes32 itemsRoot;
        uint16 itemCount;
        bytes32 manifestHash;
        bytes32 goldHash;
        bytes32 humanAdmissionRoot;
        uint32 humanSeats;
        bytes32 aiAdmissionRoot;
        uint32 aiSeats;
        uint8 humanVotes;
        uint8 aiVotes;
        uint96 humanPrice;
        uint96 aiPrice;
        uint96 operatorFee;
        uint32 fullPayScore;
        uint32 breakEven;
        uint32 maxPenalty;
        uint16 minJudgments;
        bool conditionOnAi;
        uint32 oversubscription;
        uint40 aiClosesAt;
        uint40 closesAt;
        uint40 commitEndsAt;
        uint40 revealEndsAt;
    }

    /// @notice One role's draw, fixed when the task opens.
    /// @param seats active seats at the snapshot, or the smaller number admitted
    /// @param pool how many of them are drawn, in expectation
    /// @param threshold an item is a validator's iff `ticket >> 1 < threshold`
    /// @param need scored judgments at which the multiple is no longer scaled down
    struct Draw {
        uint32 seats;
        uint32 pool;
        uint16 need;
        uint256 threshold;
    }

    /// @param r and @param vs the EIP-2098 compact signature over Ballot, by the wallet or a session key
    /// @param admissionIndex ignored where the role is open
    struct SignedBallot {
        address validator;
        uint32 version;
        uint16 judgments;
        bytes32 commitment;
        uint32 admissionIndex;
        bytes32[] admissionProof;
        bytes32 r;
        bytes32 vs;
    }

    /// @param entries 4 bytes each: itemIndex uint24, presented verdict uint8 (0 left, 1 right, 2 tie), ascending
    struct Opening {
        address validator;
        bytes32 salt;
        bytes32 notesHash;
        bytes entries;
    }

    /// @param fingerprint the first 22 bytes of the opening's commitment; after the reveal those of keccak256 of the
    /// effective entries
    /// @param session number of the session that signed, or zero: the wallet did
    struct Record {
        bytes22 fingerprint;
        uint32 version;
        uint32 unfundedVersion;
        uint16 judgments;
        uint16 admissionIndex;
        bool opened;
        bool void_;
        bool settled;
        uint16 session;
    }

    /// @notice Counts of effective votes on one item: A, B, tie.
    struct Tally {
        uint8[3] human;
        uint8[3] ai;
    }

    /// @notice Constants of one deployment; public network and local chain differ (protocol.md, section 3).
    struct Deployment {
        uint256 seedDelay;
        uint256 minPool;
        uint256 minCommit;
        uint256 minReveal;
        uint256 claimWindow;
    }

    /// @notice Stored facts of a task beside its terms.
    struct Facts {
        address requester;
        uint64 createdAt;
        uint64 snapshotBlock;
        uint64 seedBlock;
        bytes32 seed;
        bool opened;
        bool cancelled;
        bool booksClosed;
        bool bondReleased;
        uint32 ballotsCommitted;
        uint32 ballotsSettled;
        uint32 paidVotesHuman;
        uint32 paidVotesAi;
        uint256 escrowUnits;
        uint256 paidUnits;
        uint256 penaltyUnits;
        GoldStage gold;
    }

    /// @notice The escrow is in and the terms are fixed; carries all of them.
    event TaskCreated(
        bytes32 indexed taskId,
        address indexed requester,
        address indexed operator,
        uint256 nonce,
        uint256 escrowUnits,
        uint256 snapshotBlock,
        uint256 seedBlock,
        Terms terms
    );
    /// @notice The whole escrow is credited to the requester.
    event TaskCancelled(bytes32 indexed taskId, uint256 refundUnits);
    /// @notice Seats, seed and tickets are known from here on.
    event TaskOpened(bytes32 indexed taskId, bytes32 seed, Draw human, Draw ai);
    /// @param root of the ballots' digests, as `sender` received them; evidence in time, nothing else
    event Anchored(bytes32 indexed taskId, address indexed sender, bytes32 root, uint256 ballots);
    /// @notice A ballot was recorded, the validator's first or a newer version in place of an older.
    /// @param signer the wallet itself or the session key
    /// @param lockedUnits the whole lock of this record after the commit
    event BallotCommitted(
        bytes32 indexed taskId,
        address indexed validator,
        address signer,
        uint32 version,
        uint16 judgments,
        uint16 admissionIndex,
        bytes32 commitment,
        uint256 lockedUnits
    );
    /// @notice The free stake did not cover this version; an earlier record, if any, stays as it is.
    event BallotUnfunded(bytes32 indexed taskId, address indexed validator, uint32 version);
    /// @notice The ballot's valid votes are counted.
    /// @param entries the effective ones, canonical (0 A, 1 B, 2 tie), packed as in the opening [G9]
    event BallotRevealed(bytes32 indexed taskId, address indexed validator, bytes entries);
    /// @notice The opening matched but was malformed: no votes, no pay, lock released.
    event BallotVoided(bytes32 indexed taskId, address indexed validator);
    /// @notice Items whose answer the requester knew, bound by `goldHash` before any label.
    /// @param golds 4 bytes each: itemIndex uint24, answer uint8 (0 A, 1 B), ascending
    event GoldOpened(bytes32 indexed taskId, bytes golds);
    /// @notice People's final votes contradict `void_` of the golds; if more than a tenth, there is no gate.
    event GoldJudged(bytes32 indexed taskId, uint256 valid, uint256 void_, bool gate);
    /// @notice The ballot missed so many golds that it earns nothing; comes right before its `BallotSettled`.
    event GoldGateFailed(bytes32 indexed taskId, address indexed validator, uint256 right, uint256 wrong);
    /// @notice The ballot was not opened in time: its whole lock goes to the commons.
    event BallotForfeited(bytes32 indexed taskId, address indexed validator, uint256 lossUnits);
    /// @notice A ballot was scored; its pay is credited, or its loss taken from its lock, and the lock ends.
    /// @param scored how many entries the score rests on (n)
    event BallotSettled(
        bytes32 indexed taskId,
        address indexed validator,
        int32 scorePpm,
        uint16 scored,
        int32 multiplePpm,
        uint256 payUnits,
        uint256 lossUnits
    );
    /// @notice Refund and fees are fixed and credited; comes before the first ballot is settled.
    event BooksClosed(bytes32 indexed taskId, uint256 refundUnits, uint256 feeUnits);
    /// @notice The last ballot is settled; what no ballot earned is credited to the commons.
    event TaskSettled(bytes32 indexed taskId, uint256 paidUnits, uint256 restUnits, uint256 penaltyUnits);
    /// @notice A receipted ballot was neither committed nor opened; the bond answers for `claimUnits` of it.
    event OmissionClaimed(bytes32 indexed taskId, address indexed validator, uint256 claimUnits);
    /// @notice A claim was credited its share of the bond.
    /// @param dustUnits credited to the commons: what rounding leaves once the last claim is paid
    event ClaimPaid(bytes32 indexed taskId, address indexed validator, uint256 paidUnits, uint256 dustUnits);
    /// @notice The operator's bond is locked no more: `bondUnits` of it are free again, the rest was taken for claims.
    event BondReleased(bytes32 indexed taskId, address indexed operator, uint256 bondUnits);
    /// @notice A credit was paid to its owner.
    event Withdrawn(address indexed account, uint256 amountUnits);

    /// @notice Bounds: docs/protocol.md, section 4. `term` is the field of {Terms}.
    error TermOutOfBounds(string term);
    error NoSuchTask(bytes32 taskId);
    error WrongState(bytes32 taskId, State state);
    /// @notice The signature is not the operator's over this task, with this requester, nonce and these terms.
    error BadOperatorAcceptance(bytes32 taskId);
    /// @notice Has no active seat as an operator.
    error OperatorNotActive(address operator);
    error BondNotCovered(address operator, uint256 bondUnits);
    /// @notice The token kept a part, or the balance moved otherwise meanwhile.
    error EscrowNotReceived(uint256 receivedUnits, uint256 escrowUnits);
    /// @notice What is lost goes to the commons, so the commons gain nothing from judging or requesting [G12].
    error CommonsCannotTakePart(address account);
    error TooEarlyToOpen(uint256 seedBlock);
    error TooLateToOpen(uint256 closesAt);
    error TooFewHumanSeats(uint256 seats);
    error NotCancellable(bytes32 taskId);
    error GoldAlreadyOpened(bytes32 taskId);
    /// @notice Gold is opened in the first half of Revealing, or there is no gate.
    error TooLateForGold(uint256 until);
    /// @notice These golds, under this salt, are not those bound by `goldHash`; or not those that were opened.
    error WrongGold(bytes32 taskId);
    /// @notice Bound as they are, these golds can never be opened.
    error MalformedGold(bytes32 taskId);
    error NoGoldToJudge(bytes32 taskId);
    /// @notice Call `judgeGold` first, with the golds that `GoldOpened` carries.
    error GoldNotJudged(bytes32 taskId);
    error LengthsDiffer(uint256 validators, uint256 entries);
    error BondStillHeld(uint256 until);
    error BondAlreadyReleased(bytes32 taskId);
    /// @notice The claim window: from `revealEndsAt` on, for CLAIM_WINDOW seconds.
    error ClaimOutsideWindow(bytes32 taskId, uint256 from, uint256 until);
    /// @notice As much, or more, is claimed for this validator already.
    error AlreadyClaimed(bytes32 taskId, address validator);
    /// @notice Not signed by the task's `receiptKey` over this very ballot.
    error BadReceipt(bytes32 taskId, address validator);
    /// @notice No omission of the operator. `NotNewer`: what is on chain overrules the ballot, or is the ballot, opened.
    error NotClaimable(bytes32 taskId, address validator, Refusal refusal);
    /// @notice Every judgment that had a ticket counts already.
    error NothingToClaim(bytes32 taskId, address validator);
    error BondNotReleased(bytes32 taskId);
    /// @notice There never was one, or it is paid.
    error NoClaim(bytes32 taskId, address validator);
    /// @notice The chain has no hash for the block that makes the seed.
    error BlockHashUnavailable(uint256 blockNumber);
    error NoSuchItem(bytes32 taskId, uint256 itemIndex);
    error NothingToWithdraw(address account);

    /// @notice Takes the whole escrow from the caller and fixes the terms.
    /// @param operatorAcceptance EIP-712 OperatorAcceptance(bytes32 taskId) by the key of `terms.operator`, or approved by
    /// it where it is a contract (ERC-1271)
    function createTask(Terms calldata terms, bytes calldata operatorAcceptance) external returns (bytes32 taskId);

    /// @notice The same with an ERC-2612 permit of the whole escrow to this contract; one that was already used, or does
    /// not hold, matters only where the allowance is missing.
    function createTaskWithPermit(
        Terms calldata terms,
        bytes calldata operatorAcceptance,
        uint256 deadline,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external returns (bytes32 taskId);

    /// @notice By the requester before `seedBlock`, or by anyone after `closesAt` if never opened: full refund.
    function cancelTask(bytes32 taskId) external;

    /// @notice Fixes seed, seats, pools, thresholds and needs; by anyone, from `seedBlock + 1` until `closesAt`.
    function openTask(bytes32 taskId) external;

    /// @notice Puts the Merkle root of ballots received so far on chain; an event, no rule depends on it.
    function anchor(bytes32 taskId, bytes32 root, uint256 ballots) external;

    /// @notice Records ballots while verdicts are secret; by anyone. A bad element is passed over [G8].
    /// @return refusals one an element; call statically to learn the reasons beforehand
    function commit(bytes32 taskId, SignedBallot[] calldata ballots) external returns (Refusal[] memory refusals);

    /// @notice Opens committed ballots and counts their votes; by anyone. A bad element is passed over [G8].
    function reveal(bytes32 taskId, Opening[] calldata openings) external returns (Refusal[] memory refusals);

    /// @notice Opens the golds that `goldHash` binds, in the first half of Revealing; by anyone who holds them.
    /// goldHash = keccak256(abi.encode(salt, golds)); at most 15 % of the items and 1,024, ascending, answers A or B.
    function openGold(bytes32 taskId, bytes32 salt, bytes calldata golds) external;

    /// @notice Holds opened golds against people's final votes, once, before anything is settled; by anyone. A gold
    /// is void where at least 3 people voted and at least two thirds of them did not give its answer.
    /// @param golds as `GoldOpened` carries them
    function judgeGold(bytes32 taskId, bytes calldata golds) external;

    /// @notice Scores and pays revealed ballots, forfeits unopened ones; by anyone, any order, any chunks.
    /// With empty arrays it only closes the books, and the task where nothing is left to settle.
    /// Opened gold is judged first; who then fails the gate earns nothing.
    /// @param entries the effective entries of each validator as `BallotRevealed` carries them; empty for unopened
    /// ones
    function settle(
        bytes32 taskId,
        address[] calldata validators,
        bytes[] calldata entries
    ) external returns (Refusal[] memory refusals);

    /// @notice Claims for a validator what the operator, by its receipt, held and neither committed nor opened; by anyone,
    /// from `revealEndsAt` for CLAIM_WINDOW. A larger claim takes the place of a smaller one for the same validator. Rules:
    /// docs/protocol.md, section 8.
    /// The claim is the price of every entry with a ticket beyond those that count, and the lock of an unopened record.
    /// @param ballot as `commit` takes it
    /// @param receiptR and @param receiptVs EIP-2098 compact signature over OpeningReceipt(bytes32 taskId,address
    /// validator,uint32 version,uint16 judgments,bytes32 commitment) by the task's `receiptKey`
    /// @param opening of the same commitment; its own `validator` is not read
    /// @param recordedEntries the effective entries, as `BallotRevealed` carries them, of an older version that was
    /// opened; else empty
    function claimOmission(
        bytes32 taskId,
        SignedBallot calldata ballot,
        bytes32 receiptR,
        bytes32 receiptVs,
        Opening calldata opening,
        bytes calldata recordedEntries
    ) external;

    /// @notice Ends the lock of the operator's bond once the claim window is over, less what was claimed; by anyone.
    function releaseBond(bytes32 taskId) external;

    /// @notice Credits a claim min(claim, claim · bond / all claims), once the bond is released; by anyone, in any order.
    function payClaim(bytes32 taskId, address validator) external;

    /// @notice Pays the caller's credit.
    function withdraw() external;

    /// @notice Pays `account`'s credit to `account`; the caller only pays the gas [G13].
    function withdrawFor(address account) external;

    /// @notice Where stakes, seats and sessions are kept.
    function registry() external view returns (address);
    /// @notice The one token of escrows, pay and stakes.
    function token() external view returns (address);
    /// @notice Gets what is not earned; never a requester, operator or validator [G12].
    function commons() external view returns (address);
    /// @notice Blocks from a task's creation to its seed block.
    function SEED_DELAY() external view returns (uint256);
    /// @notice The fewest seats drawn where there are as many.
    function MIN_POOL() external view returns (uint256);
    /// @notice Seconds at least from `closesAt` to `commitEndsAt`.
    function MIN_COMMIT() external view returns (uint256);
    /// @notice Seconds at least that each role has to open its ballots.
    function MIN_REVEAL() external view returns (uint256);
    /// @notice Seconds after `revealEndsAt` during which omissions are claimed and the operator's bond stays locked.
    function CLAIM_WINDOW() external view returns (uint256);
    /// @notice Follows from block time and stored facts; `None` for an unknown task.
    function stateOf(bytes32 taskId) external view returns (State);
    /// @notice What is stored of a task beside its terms, which `TaskCreated` carries.
    function factsOf(bytes32 taskId) external view returns (Facts memory);
    /// @notice Zero before the task is open.
    function drawOf(bytes32 taskId) external view returns (Draw memory human, Draw memory ai);
    /// @notice A ballot's record; `version` 0: there is none (though `unfundedVersion` may be noted).
    function recordOf(bytes32 taskId, address validator) external view returns (Record memory);
    /// @notice Votes counted on an item so far.
    function tallyOf(bytes32 taskId, uint256 itemIndex) external view returns (Tally memory);
    /// @notice What `withdrawFor(account)` would pay.
    function creditOf(address account) external view returns (uint256);
    /// @notice The nonce of the requester's next task.
    function nonceOf(address requester) external view returns (uint256);
    /// @notice keccak256(abi.encode(chainid, this, requester, nonce, keccak256(abi.encode(terms)))).
    function taskIdOf(address requester, uint256 nonce, Terms calldata terms) external view returns (bytes32);
    /// @notice The EIP-712 digest that a wallet or session key signs.
    /// Ballot(bytes32 taskId,address validator,uint32 version,uint16 judgments,bytes32 commitment), in this contract's
    /// domain.
    function ballotDigest(
        bytes32 taskId,
        address validator,
        uint32 version,
        uint16 judgments,
        bytes32 commitment
    ) external view returns (bytes32);
}
