/**
 * How the lines that tests guard are taken out, where it takes more than deleting them. `instead` stands for the whole line;
 * `twin` changes the TypeScript that makes what the contract checks, so that the attack itself gets through.
 */
export interface Removal {
  readonly line: string;
  readonly instead: string;
  readonly twin?: { readonly file: string; readonly from: string; readonly to: string };
  /** Of the tests that guard the line, those whose title contains this. All where left out. */
  readonly of?: string;
}

const VOTE_COUNTS = "if or(gt(ticket, lastTicket), gt(cell, lastOpen)) { continue }";
const SLOT = "OPENING_TYPEHASH, block.chainid, address(this), taskId, validator, version, salt,";
const COMMITMENT = "protocol/commitment.ts";
const TYPED_DATA = "protocol/typed-data.ts";
const IN_FORCE =
  "bool inForce = known.authorizedAt != 0 && known.revokedAt == 0 && known.expiresAt > call.sessionsValidAt;";
const PERMIT = (units: string): string =>
  `IERC20Permit(address(TOKEN)).permit(msg.sender, address(this), ${units}, deadline, v, r, s)`;
const LEFT_SHUT =
  "return same && !record.isOpened() ? IFeedbackTasks.Refusal.None : IFeedbackTasks.Refusal.NotNewer;";
const OPENS =
  "bool opens = commitment == ballot.commitment && BallotCodec.isWellFormed(opening.entries, ballot.judgments);";

export const removals: readonly Removal[] = [
  // What identifies a slot
  {
    line: SLOT,
    of: "copied",
    instead: "OPENING_TYPEHASH, block.chainid, address(this), taskId, version, salt,",
    twin: { file: COMMITMENT, from: "      slot.validator,\n", to: "" },
  },
  {
    line: SLOT,
    of: "opens neither another version",
    instead: "OPENING_TYPEHASH, block.chainid, address(this), taskId, validator, salt,",
    twin: { file: COMMITMENT, from: "      slot.version,\n", to: "" },
  },
  {
    line: SLOT,
    of: "opens neither another version",
    instead: "OPENING_TYPEHASH, block.chainid, address(this), validator, version, salt,",
    twin: { file: COMMITMENT, from: "      slot.taskId,\n", to: "" },
  },
  {
    line: SLOT,
    of: "opens no ballot",
    instead: "OPENING_TYPEHASH, taskId, validator, version, salt,",
    twin: { file: COMMITMENT, from: "      slot.chainId,\n      slot.tasks,\n", to: "" },
  },
  {
    line: "return keccak256(abi.encode(block.chainid, address(this), requester, nonce, termsHash));",
    of: "binds no operator",
    instead: "return keccak256(abi.encode(requester, nonce, termsHash));",
    twin: {
      file: "protocol/task-id.ts",
      from: "encodeWords(chainId, tasks, requester, nonce,",
      to: "encodeWords(requester, nonce,",
    },
  },
  {
    line: "return keccak256(abi.encode(block.chainid, address(this), requester, nonce, termsHash));",
    of: "cannot take the place",
    instead:
      "return keccak256(abi.encode(block.chainid, address(this), requester, nonce, termsHash != 0));",
    twin: {
      file: "protocol/task-id.ts",
      from: "requester, nonce, hashTerms(terms))",
      to: "requester, nonce, hashTerms(terms) !== '0x')",
    },
  },
  {
    line: "bytes32 digest = _hashTypedDataV4(keccak256(abi.encode(ACCEPTANCE_TYPEHASH, taskId)));",
    instead: "bytes32 digest = keccak256(abi.encode(ACCEPTANCE_TYPEHASH));",
    twin: {
      file: TYPED_DATA,
      from: "return digestOf(domain, keccak256(encodeWords(OPERATOR_ACCEPTANCE_TYPEHASH, taskId)));",
      to: "void domain; void taskId; return keccak256(encodeWords(OPERATOR_ACCEPTANCE_TYPEHASH));",
    },
  },
  {
    line: "_hashTypedDataV4( BallotCodec.hashOf(BallotCodec.BALLOT_TYPEHASH, taskId, validator, version, judgments, commitment) );",
    instead:
      "BallotCodec.hashOf(BallotCodec.BALLOT_TYPEHASH, taskId, validator, version, judgments, commitment);",
    twin: {
      file: TYPED_DATA,
      from: "return digestOf(domain, hashSlot(BALLOT_TYPEHASH, ballot));",
      to: "void domain; return hashSlot(BALLOT_TYPEHASH, ballot);",
    },
  },
  {
    line: "if (!Signatures.isBy(validator, _hashTypedDataV4(structHash), signature)) revert BadSessionSignature(validator);",
    instead:
      "if (!Signatures.isBy(validator, structHash, signature)) revert BadSessionSignature(validator);",
    twin: {
      file: TYPED_DATA,
      from: "return digestOf(\n    domain,\n    keccak256(\n      encodeWords(SESSION_TYPEHASH",
      to: "return ((_: SigningDomain, structHash: Hash): Hash => structHash)(\n    domain,\n    keccak256(\n      encodeWords(SESSION_TYPEHASH",
    },
  },
  {
    line: "bytes32 digest = _digest(BallotCodec.RECEIPT_TYPEHASH, context, ballot);",
    instead:
      "bytes32 digest = BallotCodec.hashOf(BallotCodec.RECEIPT_TYPEHASH, context.taskId, ballot.validator, ballot.version, ballot.judgments, ballot.commitment);",
    twin: {
      file: TYPED_DATA,
      from: "return digestOf(domain, hashSlot(OPENING_RECEIPT_TYPEHASH, receipt));",
      to: "void domain; return hashSlot(OPENING_RECEIPT_TYPEHASH, receipt);",
    },
  },

  // Signatures and sessions
  {
    line: "ECDSA.tryRecoverCalldata(digest, signature)",
    instead:
      "(ecrecover(digest, uint8(signature[64]), bytes32(signature[0:32]), bytes32(signature[32:64])), ECDSA.RecoverError.NoError, bytes32(0))",
  },
  {
    line: "ECDSA.tryRecover(digest, ballot.r, ballot.vs)",
    instead:
      "(ecrecover(digest, 27, ballot.r, ballot.vs) == ballot.validator || ecrecover(digest, 28, ballot.r, ballot.vs) == ballot.validator ? ballot.validator : ECDSA.recover(digest, ballot.r, ballot.vs), ECDSA.RecoverError.NoError, bytes32(0))",
  },
  {
    line: IN_FORCE,
    of: "expires",
    instead: "bool inForce = known.authorizedAt != 0 && known.revokedAt == 0;",
  },
  {
    line: IN_FORCE,
    of: "revoked",
    instead: "bool inForce = known.authorizedAt != 0 && known.expiresAt > call.sessionsValidAt;",
  },
  {
    line: IN_FORCE,
    of: "thief",
    instead: "bool inForce = known.authorizedAt != 0 && known.expiresAt > call.sessionsValidAt;",
  },
  {
    line: "return (session == 0) == (oldSession == 0) && version > old.version();",
    instead: "return (session == 0) == (oldSession == 0);",
  },
  {
    line: `try ${PERMIT("stakeUnits")} {} catch {}`,
    instead: `${PERMIT("stakeUnits")};`,
  },
  {
    line: `try ${PERMIT("escrowUnits")} {} catch {}`,
    instead: `${PERMIT("escrowUnits")};`,
  },
  {
    line: "uint256 nonce = nonceOf[msg.sender]++;",
    instead: "uint256 nonce = nonceOf[msg.sender];",
  },

  // Life of a task
  {
    line: "if (state != State.Open && state != State.Committing) revert WrongState(taskId, state);",
    instead: "if (state == State.Funded) revert WrongState(taskId, state);",
  },
  {
    line: "IStakeRegistry.Role role = REGISTRY.roleAt(validator, call.snapshotBlock);",
    instead: "IStakeRegistry.Role role = REGISTRY.roleAt(validator, block.number);",
  },
  {
    line: "uint256 active = registry.activeSeatsAt(role, snapshotBlock);",
    instead: "uint256 active = registry.activeSeatsAt(role, block.number); snapshotBlock;",
  },
  {
    line: "return uint48(block.number + 1); // block numbers stay far below 2^48",
    instead: "return uint48(block.number);",
  },
  {
    line: "bool byRequester = msg.sender == task.requester && block.number < task.snapshotBlock + seedDelay;",
    instead: "bool byRequester = msg.sender == task.requester; seedDelay;",
  },
  {
    line: "if (task.opened || task.cancelled || !(byRequester || neverOpened)) {",
    instead: "if (task.cancelled || !(byRequester || neverOpened)) {",
  },
  {
    line: "return seedBlock + 256 * ((block.number - 1 - seedBlock) / 256);",
    instead: "return seedBlock + 0 * block.number;",
  },
  {
    line: "uint256 opensUntil = task.conditionOnAi ? task.aiClosesAt : task.closesAt;",
    instead: "uint256 opensUntil = task.closesAt;",
  },
  {
    line: "Gold.open(_existingIn(taskId, State.Revealing), taskId, salt, golds);",
    instead: "Gold.open(_existing(taskId), taskId, salt, golds);",
  },
  {
    line: "Gold.judge(_existingIn(taskId, State.Settling), _goldKeys[taskId], _tallies[taskId], taskId, golds);",
    instead: "Gold.judge(_existing(taskId), _goldKeys[taskId], _tallies[taskId], taskId, golds);",
  },
  {
    line: "if (task.gold == GoldStage.Opened) revert GoldNotJudged(taskId);",
    of: "before anything is settled",
    instead: "",
  },
  {
    line: "if (task.gold == GoldStage.Opened) revert GoldNotJudged(taskId);",
    of: "stay sealed",
    instead:
      "if (task.gold <= GoldStage.Opened && task.goldHash != 0) revert GoldNotJudged(taskId);",
  },

  // Batches
  {
    line: "(refusals[i], isFresh) = _commitOne(call, ballots[i]);",
    instead:
      "(refusals[i], isFresh) = _commitOne(call, ballots[i]); if (refusals[i] != Refusal.None) revert();",
  },
  {
    line: "if (refusals[i] != Refusal.None) continue;",
    instead: "if (refusals[i] != Refusal.None) revert();",
  },
  {
    line: "else if (!record.isOf(keccak256(entries[i]))) refusals[i] = Refusal.WrongEntries;",
    instead: "else if (!record.isOf(keccak256(entries[i]))) revert();",
  },
  {
    line: "if (!record.isOf(_commitmentOf(taskId, record.version(), opening))) return Refusal.WrongOpening;",
    instead: "_commitmentOf(taskId, record.version(), opening);",
  },
  { line: "if (record.isSettled()) {", instead: "if (false) {" },
  {
    line: "REGISTRY.forfeit(taskId, validator, lockUnits, lockUnits);",
    instead: "REGISTRY.unlock(taskId, validator, lockUnits);",
  },
  {
    line: "if (version > unfunded[validator]) unfunded[validator] = version;",
    instead: "unfunded[validator] = version;",
  },
  {
    line: "refusals[i] = _checkOpening(taskId, record, anyTime || firstHalf == record.isAi(), openings[i]);",
    instead:
      "refusals[i] = _checkOpening(taskId, record, anyTime || firstHalf || true, openings[i]);",
  },

  // Seats and lists
  {
    line: "if (admission.pool == 0 || Draws.poolHash(call.seed, ballot.validator) > admission.poolLimit) {",
    instead: "if (admission.pool == 0) {",
  },
  {
    line: "return index < admitted && MerkleProof.verifyCalldata(ballot.admissionProof, root, leaf);",
    instead: "admitted; return MerkleProof.verifyCalldata(ballot.admissionProof, root, leaf);",
  },
  {
    line: "if (!own && _admissionIndexes[call.taskId][isAi].get(index)) return Refusal.AdmissionIndexTaken;",
    instead: "own; isAi;",
  },
  {
    line: "if (!own && admissionIndexes[role.isAi].get(ballot.admissionIndex)) {",
    instead: "if (own && record.version() == 0) {",
  },
  {
    line: "if (!Admission.isListed(role.root, role.admitted, ballot)) {",
    instead: "if (ballot.version == 0) {",
  },
  {
    line: "if (pool == 0 || Draws.poolHash(task.seed, ballot.validator) > Draws.poolLimit(pool, seats)) {",
    instead: "if (pool == 0 && seats != 0) {",
  },
  {
    line: "} else return (IFeedbackTasks.Refusal.NotActiveAtSnapshot, role);",
    instead:
      "} else role = RoleTerms(false, task.humanPrice, task.humanAdmissionRoot, task.humanAdmitted);",
  },

  // Stake and money
  {
    line: "if (amountUnits > stakedUnits - lockedUnits) return false;",
    instead: "stakedUnits;",
  },
  {
    line: "account.lockedUnits = lockedUnits - uint96(lockUnits);",
    instead: "account.lockedUnits = 0;",
  },
  {
    line: "uint96 freeUnits = account.stakedUnits - account.lockedUnits;",
    instead: "uint96 freeUnits = account.stakedUnits;",
  },
  {
    line: "if (payUnits != 0) _accounts[validator].creditUnits += uint160(payUnits);",
    of: "stop nobody else",
    instead: "if (payUnits != 0) TOKEN.safeTransfer(validator, payUnits);",
  },
  {
    line: "TOKEN.safeTransfer(validator, freeUnits);",
    instead: "TOKEN.safeTransfer(COMMONS, freeUnits);",
  },
  {
    line: "creditOf[commons] += restUnits;",
    instead: "creditOf[task.requester] += restUnits; commons;",
  },
  {
    line: "uint256 feeUnits = (paidHuman + paidAi) * feeEach;",
    instead: "uint256 feeUnits = uint96((paidHuman + paidAi) * feeEach);",
  },
  {
    line: '_need(uint256(terms.operatorBond) * 4 >= escrowUnits, "operatorBond");',
    of: "quarter",
    instead: "",
  },
  {
    line: '_need(uint256(terms.operatorBond) * 4 >= escrowUnits, "operatorBond");',
    of: "overflow",
    instead: '_need(terms.operatorBond * 4 >= escrowUnits, "operatorBond");',
  },
  {
    line: '_need(terms.itemCount >= 1 && terms.itemCount <= MOST_ITEMS, "itemCount");',
    instead: '_need(terms.itemCount >= 1, "itemCount");',
  },

  // Claims
  { line: "(session.revokedAt == 0 || session.revokedAt >= commitEndsAt) &&", instead: "" },
  { line: "session.authorizedAt < commitEndsAt &&", instead: "commitEndsAt != 0 &&" },
  { line: "session.expiresAt > task.closesAt;", instead: "true;" },
  {
    line: "bool counts = record.isOpened() && !record.isVoid();",
    instead: "bool counts = record.isOpened();",
  },
  {
    line: OPENS,
    of: "makes the ballot void",
    instead: "bool opens = commitment == ballot.commitment;",
  },
  {
    line: OPENS,
    of: "something else",
    instead:
      "bool opens = commitment != 0 && BallotCodec.isWellFormed(opening.entries, ballot.judgments);",
  },
  {
    line: "bool same = record.version() == ballot.version && record.isOf(ballot.commitment);",
    instead: "bool same = record.version() == ballot.version;",
  },
  {
    line: "counts && !record.isOf(keccak256(recordedEntries))",
    instead: "counts && keccak256(recordedEntries) == 0",
  },
  {
    line: "if (Draws.ticketOf(seed, validator, itemIndex) >> 1 < threshold) ++withTicket;",
    instead: "if (threshold != 0 && seed != 0 && validator != address(0)) ++withTicket;",
  },
  {
    line: "if (ballot.judgments == 0 || ballot.judgments > task.itemCount) {",
    instead: "if (ballot.judgments == 0) {",
  },
  {
    line: "if (block.timestamp < from || block.timestamp >= until) {",
    instead: "if (from == until) {",
  },
  {
    line: "if (record.version() < ballot.version) return IFeedbackTasks.Refusal.None;",
    instead:
      "if (record.version() < ballot.version && !record.isOpened()) return IFeedbackTasks.Refusal.None;",
  },
  {
    line: "return failure == ECDSA.RecoverError.NoError && signer == task.receiptKey;",
    instead: "return failure == ECDSA.RecoverError.NoError && (signer != task.receiptKey || true);",
  },
  {
    line: LEFT_SHUT,
    of: "opened and is paid",
    // The record of an opened ballot is of its entries: that, too, keeps the same ballot from being claimed for.
    instead:
      "same; return record.version() == ballot.version ? IFeedbackTasks.Refusal.None : IFeedbackTasks.Refusal.NotNewer;",
  },
  {
    line: LEFT_SHUT,
    of: "void ballot",
    instead: "return same ? IFeedbackTasks.Refusal.None : IFeedbackTasks.Refusal.NotNewer;",
  },
  {
    line: "book.claimedUnits += claimUnits - claimedBefore;",
    instead: "book.claimedUnits += claimUnits;",
  },
  {
    line: "if (claimedBefore == 0) ++book.unpaid;",
    instead: "++book.unpaid;",
  },
  {
    line: "(made.units != 0 && made.admissionIndex == ballot.admissionIndex);",
    instead: "(made.units != 0 && false);",
  },
  {
    line: "function payClaim(bytes32 taskId, address validator) external nonReentrant {",
    instead: "function payClaim(bytes32 taskId, address validator) external {",
  },
  {
    line: "uint256 paidUnits = (claimUnits * book.seizedUnits) / book.claimedUnits;",
    instead: "uint256 paidUnits = claimUnits;",
  },
  {
    line: "uint256 seizedUnits = Math.min(bondUnits, book.claimedUnits);",
    instead: "uint256 seizedUnits = book.claimedUnits;",
  },

  // Gold, votes, scores
  {
    line: "if (isVoid(Tallies.ofPeople(book, itemIndex), answer)) {",
    instead: "if (answer > 1 && isVoid(Tallies.ofPeople(book, itemIndex), answer)) {",
  },
  {
    line: "bool gate = 10 * contradicted <= count;",
    instead: "bool gate = contradicted <= count;",
  },
  {
    line: VOTE_COUNTS,
    of: "without a ticket",
    instead: "if gt(cell, lastOpen) { continue }",
  },
  {
    line: VOTE_COUNTS,
    of: "crowds nobody out",
    instead: "if gt(cell, lastOpen) { continue }",
  },
  {
    line: VOTE_COUNTS,
    of: "the 16th's",
    instead: "if gt(ticket, lastTicket) { continue }",
  },
  {
    line: VOTE_COUNTS,
    of: "the 8th's",
    instead: "if gt(ticket, lastTicket) { continue }",
  },
  {
    line: VOTE_COUNTS,
    of: "and a 16th",
    instead: "if gt(ticket, lastTicket) { continue }",
  },
  {
    line: "if lt(shr(232, calldataload(sub(end, 4))), itemCount) { break }",
    instead: "if itemCount { break }",
  },
  { line: "let flip := and(ticket, lt(verdict, 2))", instead: "let flip := 0" },
  {
    line: "if (rules.conditionOnAi) sheet.human.aiCells = aiCells;",
    instead: "sheet.human.aiCells = aiCells;",
  },
  {
    line: "int256 d = int256(n * agreement) - int256(across);",
    instead: "int256 d = int256(n * agreement) - int256(0 * across);",
  },
  {
    line: "sheet.human.byAis[votes] = (0x60 * votes) << SUMS;",
    instead: "sheet.human.byAis[votes] = 0;",
  },
  {
    line: "uint256 weight = (entriesLength / BallotCodec.ENTRY_BYTES) * Pay.L - lost;",
    instead: "uint256 weight = (entriesLength / BallotCodec.ENTRY_BYTES) * Pay.L - 0 * lost;",
  },
];
