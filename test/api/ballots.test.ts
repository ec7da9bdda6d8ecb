import { expect } from "chai";
import { StandardMerkleTree } from "@openzeppelin/merkle-tree";
import { eq } from "drizzle-orm";
import type {
  BallotStateJson,
  InclusionProofJson,
  NotesExportJson,
} from "../../api/schemas/ballots.ts";
import { decodeEntries } from "../../protocol/ballot.ts";
import { canonicalJson } from "../../protocol/item.ts";
import { sha256Text } from "../../protocol/sha256.ts";
import { eligibleItems } from "../../protocol/ticket.ts";
import { ballotDigest, openingReceiptDigest, signingDomain } from "../../protocol/typed-data.ts";
import { recoverAddress } from "../../runtime/signatures.ts";
import {
  anchors,
  ballots,
  credits,
  tasks,
  validators,
  withdrawals,
} from "../../store/schema/chain.ts";
import { ballotVersions, judgedItems } from "../../store/schema/submissions.ts";
import { anchorLeaves, anchorTrees, transactionIntents } from "../../store/schema/transactions.ts";
import {
  authorize,
  call,
  entriesOf,
  factAt,
  hashOf,
  join,
  keyOf,
  makeBallot,
  openService,
  pairRows,
  receiptKey,
  seatPeople,
  seedTask,
  setChainTime,
  signInAs,
  signSession,
  START,
  submit,
  TOKEN,
} from "./service.ts";
import type { Answer, BallotOptions, Key, SeededTask, Service } from "./service.ts";

describe("Ballots", () => {
  let service: Service;
  let people: Key[];
  let ann: Key;
  let bob: Key;
  let task: SeededTask;
  const session = keyOf("session");

  /** Three votes and three seats: every item is everybody's. */
  beforeEach(async () => {
    service = await openService();
    people = await seatPeople(service, 3);
    [ann, bob] = people as [Key, Key];
    task = await seedTask(service, { rows: pairRows(6), seats: { human: 3 } });
  });
  afterEach(() => service.close());

  const send = (items: readonly number[], options: BallotOptions & { by?: Key } = {}) =>
    submit(
      service,
      task.taskId,
      makeBallot(task.taskId, options.by ?? ann, entriesOf(items), options),
    );

  async function expectRefusal(
    answer: Promise<Answer<unknown>>,
    status: number,
    code: string,
  ): Promise<void> {
    const before = await service.db.select().from(ballotVersions);
    const { body, status: got } = await answer;
    expect([got, body.code], JSON.stringify(body)).to.deep.equal([status, code]);
    expect(await service.db.select().from(ballotVersions)).to.have.length(before.length);
  }

  describe("that hold", () => {
    it("are receipted by the task's receipt key, and stored with their opening", async () => {
      const ballot = makeBallot(task.taskId, ann, entriesOf([1, 4]));
      const { status, body } = await submit(service, task.taskId, ballot);
      expect(status, JSON.stringify(body)).to.equal(201);
      expect(body.receipt).to.deep.equal({ taskId: task.taskId, ...ballot.ballot });
      const domain = signingDomain(31337n, `0x${"a2".repeat(20)}`);
      const promised = { taskId: task.taskId, ...ballot.ballot };
      expect(body.digest).to.equal(ballotDigest(domain, promised));
      expect(
        recoverAddress(openingReceiptDigest(domain, promised), body.receiptSignature),
      ).to.equal(receiptKey.address);
      const [row] = await service.db.select().from(ballotVersions);
      expect(row).to.include({ validator: ann.address, version: 1, signer: ann.address });
      expect(decodeEntries(row!.entries)).to.deep.equal(entriesOf([1, 4]));
    });

    it("may be handed in again: the same receipt, nothing stored twice", async () => {
      const ballot = makeBallot(task.taskId, ann, entriesOf([1]));
      const first = await submit(service, task.taskId, ballot);
      await send([1, 2], { version: 2 });
      const again = await submit(service, task.taskId, ballot);
      expect([first.status, again.status]).to.deep.equal([201, 200]);
      expect(again.body).to.deep.equal(first.body);
      expect(await service.db.select().from(ballotVersions)).to.have.length(2);
    });

    it("grow, and may change a verdict", async () => {
      expect((await send([3])).status).to.equal(201);
      expect((await send([3, 5], { version: 2 })).status).to.equal(201);
      expect((await send([0, 3, 5], { version: 7 })).status).to.equal(201);
      const changed = makeBallot(task.taskId, ann, entriesOf([0, 3, 5], 2), { version: 8 });
      expect((await submit(service, task.taskId, changed)).status).to.equal(201);
      const judged = await service.db.select().from(judgedItems);
      expect(judged.map(({ itemIndex, version }) => [itemIndex, version])).to.have.deep.members([
        [3, 1],
        [5, 2],
        [0, 7],
      ]);
    });

    it("grow beyond what this process remembers", async () => {
      await send([3]);
      const other = await openService({
        database: { db: service.db } as never,
        blobs: service.blobs,
        seed: false,
      });
      try {
        const ballot = makeBallot(task.taskId, ann, entriesOf([1, 3]), { version: 2 });
        expect((await submit(other, task.taskId, ballot)).status).to.equal(201);
        const shrunk = makeBallot(task.taskId, ann, entriesOf([1]), { version: 3 });
        expect((await submit(other, task.taskId, shrunk)).body.code).to.equal("ballot-shrinks");
      } finally {
        await other.close();
      }
    });

    it("may be signed by a session key on chain, or one handed in", async () => {
      await authorize(service, ann.address, session.address);
      expect((await send([0], { signer: session })).status).to.equal(201);
      const fresh = keyOf("fresh session");
      const request = signSession(bob, fresh.address, START + 86_400n, 5n);
      expect((await call(service, "POST", "/api/sessions", request)).status).to.equal(202);
      expect((await send([0], { by: bob, signer: fresh })).status).to.equal(201);
    });

    it("carry notes that match their hash, which only their author exports and erases", async () => {
      const notes = canonicalJson({ salt: hashOf("salt"), notes: [{ itemIndex: 0, strength: 2 }] });
      const options = { notesHash: sha256Text(notes) };
      const ballot = { ...makeBallot(task.taskId, ann, entriesOf([0]), options), notes };
      expect((await submit(service, task.taskId, ballot)).status).to.equal(201);
      const token = await signInAs(service, ann);
      const exported = await call<NotesExportJson>(service, "GET", "/api/notes", undefined, token);
      expect(exported.body.notes).to.deep.equal([{ taskId: task.taskId, version: 1, notes }]);
      const foreign = await call<NotesExportJson>(
        service,
        "GET",
        "/api/notes",
        undefined,
        await signInAs(service, bob),
      );
      expect(foreign.body.notes).to.be.empty;
      const erased = await call(service, "DELETE", "/api/notes", undefined, token);
      expect(erased.body).to.deep.equal({ erased: 1 });
      expect(
        (await call<NotesExportJson>(service, "GET", "/api/notes", undefined, token)).body.notes,
      ).to.be.empty;
    });

    it("show their opening to their validator alone", async () => {
      const ballot = makeBallot(task.taskId, ann, entriesOf([0]));
      await submit(service, task.taskId, ballot);
      const path = `/api/tasks/${task.taskId}/ballots/${ann.address}/opening`;
      const own = await call(service, "GET", path, undefined, await signInAs(service, ann));
      expect(own.body).to.deep.equal({
        ballot: ballot.ballot,
        signature: ballot.signature,
        opening: ballot.opening,
      });
      const foreign = await call(service, "GET", path, undefined, await signInAs(service, bob));
      expect([foreign.status, foreign.body.code]).to.deep.equal([403, "not-allowed"]);
      expect((await call(service, "GET", path)).body.code).to.equal("not-signed-in");
      const state = await call(service, "GET", path.replace(/\/opening$/, ""));
      expect(JSON.stringify(state.body)).not.to.include(ballot.opening.salt.slice(2));
    });
  });

  describe("that do not hold", () => {
    it("are refused when a stranger signed", async () => {
      await expectRefusal(send([0], { signer: keyOf("stranger") }), 403, "signer-wrong");
    });
    it("are refused from a stranger without a seat", async () => {
      await expectRefusal(send([0], { by: keyOf("stranger") }), 403, "validator-not-active");
    });
    it("are refused from who joined after the snapshot", async () => {
      const late = keyOf("late");
      await join(service.db, late.address, "Human", 1_000n * TOKEN, 51n);
      await expectRefusal(send([0], { by: late }), 403, "validator-not-active");
    });
    it("are refused when the signature is none", async () => {
      const ballot = makeBallot(task.taskId, ann, entriesOf([0]));
      const broken = { ...ballot, signature: `0x${"ff".repeat(65)}` };
      await expectRefusal(submit(service, task.taskId, broken), 400, "signature-invalid");
    });
    it("are refused when signed for another task", async () => {
      const ballot = makeBallot(hashOf("another task"), ann, entriesOf([0]));
      await expectRefusal(submit(service, task.taskId, ballot), 403, "signer-wrong");
    });
    it("are refused for a task that does not exist", async () => {
      const unknown = hashOf("no task");
      await expectRefusal(
        submit(service, unknown, makeBallot(unknown, ann, entriesOf([0]))),
        404,
        "task-unknown",
      );
    });

    it("are refused under an expired session", async () => {
      await authorize(service, ann.address, session.address, { expiresAt: START - 1n });
      await expectRefusal(send([0], { signer: session }), 403, "session-expired");
    });
    it("are refused under a session that ends before commits do", async () => {
      await authorize(service, ann.address, session.address, {
        expiresAt: task.terms.commitEndsAt - 1n,
      });
      await expectRefusal(send([0], { signer: session }), 403, "session-too-short");
    });
    it("are refused under a revoked session", async () => {
      await authorize(service, ann.address, session.address, { revokedAt: START });
      await expectRefusal(send([0], { signer: session }), 403, "session-revoked");
    });
    it("are refused under another validator's session", async () => {
      await authorize(service, bob.address, session.address);
      await expectRefusal(send([0], { signer: session }), 403, "signer-wrong");
    });
    it("are refused under a session once the wallet itself has signed", async () => {
      await authorize(service, ann.address, session.address);
      await send([0]);
      await expectRefusal(send([0, 1], { version: 2, signer: session }), 403, "signer-wrong");
    });

    it("are refused when older than one received", async () => {
      await send([0, 1], { version: 5 });
      await expectRefusal(send([0, 1, 2], { version: 4 }), 409, "version-stale");
    });
    it("are refused under a version that another ballot has", async () => {
      await send([0, 1], { version: 5 });
      await expectRefusal(send([0, 1, 2], { version: 5 }), 409, "version-conflict");
    });
    it("are refused when not newer than the one on chain", async () => {
      await seedRecord(ann, 9);
      await expectRefusal(send([0], { version: 9 }), 409, "version-stale");
      expect((await send([0], { version: 10 })).status).to.equal(201);
    });
    it("are refused when an item judged before is missing", async () => {
      await send([0, 1]);
      await expectRefusal(send([0, 2], { version: 2 }), 409, "ballot-shrinks");
    });

    it("are refused when the opening is another than the one committed to", async () => {
      const ballot = makeBallot(task.taskId, ann, entriesOf([0]));
      const other = makeBallot(task.taskId, ann, entriesOf([0], 1));
      const mixed = { ...ballot, opening: other.opening };
      await expectRefusal(submit(service, task.taskId, mixed), 422, "commitment-mismatch");
    });
    it("are refused with a count other than the entries'", async () => {
      await expectRefusal(send([0, 1], { judgments: 1 }), 422, "judgments-mismatch");
    });
    it("are refused with items out of order", async () => {
      const packed = "0x0000010000000000";
      await expectRefusal(send([0, 1], { packed }), 400, "entries-order-invalid");
    });
    it("are refused with an item twice", async () => {
      const packed = "0x0000010000000100";
      await expectRefusal(send([0, 1], { packed }), 400, "entries-order-invalid");
    });
    it("are refused with a verdict that is none", async () => {
      await expectRefusal(send([0], { packed: "0x00000003" }), 400, "entries-verdict-invalid");
    });
    it("are refused with half an entry", async () => {
      await expectRefusal(send([0], { packed: "0x000000" }), 400, "entries-length-invalid");
    });
    it("are refused with no entry", async () => {
      await expectRefusal(send([]), 400, "entries-empty");
    });
    it("are refused with an item the task does not have", async () => {
      await expectRefusal(send([0, 6]), 422, "entry-out-of-range");
    });
    it("are refused with notes that are not what was hashed", async () => {
      const ballot = { ...makeBallot(task.taskId, ann, entriesOf([0])), notes: "{}" };
      await expectRefusal(submit(service, task.taskId, ballot), 422, "notes-mismatch");
    });
    it("are refused when they are no JSON, or not shaped like a ballot", async () => {
      const response = await fetch(`${service.url}/api/tasks/${task.taskId}/ballots`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: "{",
      });
      expect([response.status, ((await response.json()) as { code: string }).code]).to.deep.equal([
        400,
        "invalid-input",
      ]);
      await expectRefusal(
        call(service, "POST", `/api/tasks/${task.taskId}/ballots`, { ballot: {} }),
        400,
        "invalid-input",
      );
    });

    it("are refused from closesAt on, by this clock or by the chain's", async () => {
      service.clock.now = task.terms.closesAt;
      await expectRefusal(send([0]), 409, "ballot-too-late");
      service.clock.now = START;
      await setChainTime(service, task.terms.closesAt);
      await expectRefusal(send([0]), 409, "ballot-too-late");
    });
    it("but a receipt already given is given again", async () => {
      const ballot = makeBallot(task.taskId, ann, entriesOf([0]));
      await submit(service, task.taskId, ballot);
      service.clock.now = task.terms.revealEndsAt;
      expect((await submit(service, task.taskId, ballot)).status).to.equal(200);
    });
    it("are refused before the task opens, and after it was cancelled", async () => {
      const { taskId } = await seedTask(service, { opened: false });
      const ballot = makeBallot(taskId, ann, entriesOf([0]));
      await expectRefusal(submit(service, taskId, ballot), 409, "task-not-open");
      await service.db.update(tasks).set({ cancelled: true }).where(eq(tasks.taskId, task.taskId));
      await expectRefusal(send([0]), 409, "task-not-open");
    });
    it("are refused when another key signs the task's receipts", async () => {
      await service.db
        .update(tasks)
        .set({ receiptKey: keyOf("other").address })
        .where(eq(tasks.taskId, task.taskId));
      await expectRefusal(send([0]), 409, "task-mismatch");
    });

    it("are refused when the free stake does not cover the lock", async () => {
      // A judgment locks half a token here.
      await service.db
        .update(validators)
        .set({ lockedUnits: 999n * TOKEN })
        .where(eq(validators.validator, ann.address));
      expect((await send([0, 1])).status).to.equal(201);
      await expectRefusal(send([0, 1, 2], { version: 2 }), 422, "stake-insufficient");
    });
    it("are refused when the stake is promised to other tasks", async () => {
      const other = await seedTask(service, { rows: pairRows(4), seats: { human: 3 } });
      await submit(service, other.taskId, makeBallot(other.taskId, ann, entriesOf([0, 1])));
      await service.db
        .update(validators)
        .set({ lockedUnits: 999n * TOKEN })
        .where(eq(validators.validator, ann.address));
      await expectRefusal(send([0]), 422, "stake-insufficient");
    });
    it("count what the task's own record has locked as free", async () => {
      await seedRecord(ann, 1, { lockedUnits: TOKEN / 2n });
      await service.db
        .update(validators)
        .set({ lockedUnits: 999n * TOKEN + TOKEN / 2n })
        .where(eq(validators.validator, ann.address));
      expect((await send([0, 1], { version: 2 })).status).to.equal(201);
    });

    it("are refused when all places of an item are taken", async () => {
      // So much oversubscription that every ticket is good for three seats.
      const terms = { humanVotes: 2, oversubscription: 1_500_000 };
      const two = await seedTask(service, { seats: { human: 3 }, terms });
      const [one, other, third] = people as [Key, Key, Key];
      for (const key of [one, other]) {
        const ballot = makeBallot(two.taskId, key, entriesOf([0]));
        expect((await submit(service, two.taskId, ballot)).status).to.equal(201);
      }
      const ballot = makeBallot(two.taskId, third, entriesOf([0]));
      await expectRefusal(submit(service, two.taskId, ballot), 409, "quota-full");
    });
  });

  describe("for an item that is not theirs", () => {
    it("are refused, be it the first item or a later one", async () => {
      const two = await seedTask(service, {
        rows: pairRows(20),
        seats: { human: 3 },
        terms: { humanVotes: 2 },
      });
      const seed = hashOf(`seed of ${two.taskId}`);
      const own = eligibleItems(seed, ann.address, thresholdOf(3, 2), 20);
      const foreign = Array.from({ length: 20 }, (_, i) => i).filter((i) => !own.includes(i));
      const first = makeBallot(two.taskId, ann, entriesOf([foreign[0]!]));
      await expectRefusal(submit(service, two.taskId, first), 422, "item-not-eligible");
      const good = makeBallot(two.taskId, ann, entriesOf(own.slice(0, 3)));
      expect((await submit(service, two.taskId, good)).status).to.equal(201);
      const grown = makeBallot(two.taskId, ann, entriesOf([...own.slice(0, 3), foreign[0]!]), {
        version: 2,
      });
      await expectRefusal(submit(service, two.taskId, grown), 422, "item-not-eligible");
    });
  });

  describe("in a task with a list", () => {
    const listed = () =>
      seedTask(service, {
        query: { humans: [bob.address, ann.address].join(",") },
        seats: { human: 3 },
        terms: { humanVotes: 2 },
      });

    it("are taken from who is on it, with the place noted", async () => {
      const { taskId } = await listed();
      const ballot = makeBallot(taskId, ann, entriesOf([0]));
      expect((await submit(service, taskId, ballot)).status).to.equal(201);
      const [row] = await service.db.select().from(ballotVersions);
      expect(row?.admissionIndex).to.equal(1);
    });
    it("are refused from who is not", async () => {
      const { taskId } = await listed();
      const ballot = makeBallot(taskId, people[2]!, entriesOf([0]));
      await expectRefusal(submit(service, taskId, ballot), 403, "not-admitted");
    });
  });

  describe("of AIs that people are conditioned on", () => {
    it("are refused in the last MIN_COMMIT before aiClosesAt", async () => {
      const ai = keyOf("ai");
      await join(service.db, ai.address, "Ai", 1_000n * TOKEN);
      const { taskId, terms } = await seedTask(service, {
        seats: { human: 3, ai: 1 },
        terms: {
          aiVotes: 1,
          aiPrice: TOKEN,
          conditionOnAi: true,
          aiClosesAt: START + 1_000n,
          fullPayScore: 130_000,
          breakEven: 20_000,
        },
      });
      const ballot = (version: number, items: number[]) =>
        submit(service, taskId, makeBallot(taskId, ai, entriesOf(items), { version }));
      service.clock.now = terms.aiClosesAt - 6n;
      expect((await ballot(1, [0])).status).to.equal(201);
      service.clock.now = terms.aiClosesAt - 5n;
      await expectRefusal(ballot(2, [0, 1]), 409, "ballot-too-late");
      const human = makeBallot(taskId, ann, entriesOf([0]));
      expect((await submit(service, taskId, human)).status).to.equal(201);
    });
  });

  describe("raced", () => {
    it("leave one of two versions under the same number", async () => {
      const answers = await Promise.all([send([0]), send([1]), send([2])]);
      const taken = answers.filter(({ status }) => status === 201);
      expect(taken).to.have.length(1);
      for (const { status, body } of answers) {
        if (status !== 201) expect(body.code).to.equal("version-conflict");
      }
    });
    it("give one receipt for the same ballot handed in many times at once", async () => {
      const ballot = makeBallot(task.taskId, ann, entriesOf([0]));
      const answers = await Promise.all(
        Array.from({ length: 5 }, () => submit(service, task.taskId, ballot)),
      );
      expect(answers.map(({ status }) => status).sort()).to.deep.equal([200, 200, 200, 200, 201]);
      expect(new Set(answers.map(({ body }) => body.receiptSignature)).size).to.equal(1);
    });
  });

  describe("from receipt to pay", () => {
    const stateOf = async (key: Key): Promise<BallotStateJson> =>
      (
        await call<BallotStateJson>(
          service,
          "GET",
          `/api/tasks/${task.taskId}/ballots/${key.address}`,
        )
      ).body;

    it("tell every step and its proof", async () => {
      const { body: receipt } = await send([0, 1]);
      await send([0], { by: bob });
      const signed = await stateOf(ann);
      expect(signed.stage).to.equal("receipted");
      expect(signed.receipted.receiptSignature).to.equal(receipt.receiptSignature);
      const path = `/api/ballots/${receipt.digest}/proof`;
      expect((await call(service, "GET", path)).body.code).to.equal("anchor-pending");

      await seedAnchor();
      const anchored = await stateOf(ann);
      expect(anchored.stage).to.equal("anchored");
      const { body: proof } = await call<InclusionProofJson>(service, "GET", path);
      expect(proof.anchorTx).to.equal(anchored.anchored.tx);
      expect(
        StandardMerkleTree.verify(proof.root, ["bytes32"], [receipt.digest], proof.proof),
      ).to.equal(true);

      await seedRecord(ann, 1, { lockedUnits: TOKEN });
      expect(await stateOf(ann)).to.nested.include({
        stage: "committed",
        "committed.version": 1,
        "committed.locked": TOKEN.toString(),
      });
      await setRecord(ann, {
        status: "Revealed",
        entries: "0x0000000000000101",
        revealedAt: START,
        revealedTx: hashOf("reveal"),
      });
      expect(await stateOf(ann)).to.nested.include({
        stage: "revealed",
        "revealed.entries": "0x0000000000000101",
        "revealed.tx": hashOf("reveal"),
      });
      await setRecord(ann, {
        status: "Settled",
        scorePpm: 300_000,
        scored: 2,
        multiplePpm: 1_000_000,
        payUnits: 2n * TOKEN,
        lossUnits: 0n,
        settledAt: START + 9n,
        settledBlock: 90n,
        settledTx: hashOf("settle"),
      });
      expect(await stateOf(ann)).to.nested.include({
        stage: "scored",
        "scored.scorePpm": 300_000,
        "paid.done": false,
        "paid.pay": (2n * TOKEN).toString(),
      });
      await service.db.insert(credits).values({
        account: ann.address,
        taskId: task.taskId,
        kind: "Pay",
        units: 2n * TOKEN,
        ...factAt(90n),
      });
      await service.db
        .insert(withdrawals)
        .values({ account: ann.address, units: 2n * TOKEN, ...factAt(91n) });
      expect(await stateOf(ann)).to.nested.include({ stage: "paid", "paid.withdrawn": true });
      const byDigest = await call<BallotStateJson>(
        service,
        "GET",
        `/api/ballots/${receipt.digest}`,
      );
      expect(byDigest.body.stage).to.equal("paid");
    });

    it("are unknown where nothing was handed in", async () => {
      const { body } = await call(
        service,
        "GET",
        `/api/tasks/${task.taskId}/ballots/${bob.address}`,
      );
      expect(body.code).to.equal("ballot-unknown");
      const digest = hashOf("no ballot");
      for (const path of [`/api/ballots/${digest}`, `/api/ballots/${digest}/proof`]) {
        expect((await call(service, "GET", path)).body.code).to.equal("ballot-unknown");
      }
    });
  });

  /** With so few seats all are in the pool. */
  function thresholdOf(pool: number, votes: number): bigint {
    return (2n ** 255n * BigInt(votes)) / BigInt(pool);
  }

  async function seedRecord(
    key: Key,
    version: number,
    change: Partial<typeof ballots.$inferInsert> = {},
  ): Promise<void> {
    await service.db.insert(ballots).values({
      taskId: task.taskId,
      validator: key.address,
      role: "Human",
      status: "Committed",
      signer: key.address,
      version,
      judgments: 1,
      admissionIndex: 0,
      commitment: hashOf("commitment"),
      lockedUnits: 0n,
      firstCommitBlock: 60n,
      firstCommitLogIndex: 0,
      committedAt: START,
      committedBlock: 60n,
      committedBlockHash: hashOf("block 60"),
      committedTx: hashOf("commit"),
      ...change,
    });
  }

  async function setRecord(key: Key, change: Partial<typeof ballots.$inferInsert>): Promise<void> {
    await service.db.update(ballots).set(change).where(eq(ballots.validator, key.address));
  }

  /** All that was received, anchored in one tree. */
  async function seedAnchor(): Promise<void> {
    const rows = await service.db.select().from(ballotVersions).orderBy(ballotVersions.sequence);
    const tree = StandardMerkleTree.of(
      rows.map((row) => [row.digest]),
      ["bytes32"],
    );
    const [intent] = await service.db
      .insert(transactionIntents)
      .values({
        kind: "anchor",
        taskId: task.taskId,
        elements: [],
        toAddress: `0x${"a2".repeat(20)}`,
        callData: "0x",
        gasLimit: 0n,
        state: "confirmed",
        createdAt: START,
      })
      .returning();
    const [anchor] = await service.db
      .insert(anchorTrees)
      .values({
        taskId: task.taskId,
        root: tree.root,
        ballots: rows.length,
        intentId: intent!.id,
        createdAt: START,
      })
      .returning();
    await service.db
      .insert(anchorLeaves)
      .values(rows.map((row, position) => ({ treeId: anchor!.id, position, digest: row.digest })));
    await service.db.insert(anchors).values({
      taskId: task.taskId,
      sender: keyOf("relay").address,
      root: tree.root,
      ballots: BigInt(rows.length),
      ...factAt(60n),
    });
  }
});
