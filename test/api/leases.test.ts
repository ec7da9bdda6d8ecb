import { expect } from "chai";
import { eq } from "drizzle-orm";
import { isInTree, itemLeaf } from "../../protocol/merkle-tree.ts";
import { contentHash } from "../../protocol/item.ts";
import { eligibleItems } from "../../protocol/ticket.ts";
import type { OpenDatabase } from "../../store/database.ts";
import { validators } from "../../store/schema/chain.ts";
import { judgedItems, leases } from "../../store/schema/submissions.ts";
import { databaseKinds, emptyTables } from "../support/postgres.ts";
import {
  authorize,
  call,
  claim,
  entriesOf,
  hashOf,
  join,
  keyOf,
  makeBallot,
  openService,
  pairRows,
  seatPeople,
  seedTask,
  signInAs,
  START,
  submit,
  TOKEN,
} from "./service.ts";
import type { Key, SeededTask, Service } from "./service.ts";

for (const kind of databaseKinds()) {
  describe(`Leases on ${kind.name}`, () => {
    let database: OpenDatabase;
    let service: Service;
    let people: Key[];
    let tokens: string[];
    let task: SeededTask;

    before(async function () {
      this.timeout(120_000);
      await kind.start();
      database = await kind.open();
    });
    after(async () => {
      await database.close();
      await kind.stop();
    });
    beforeEach(async () => {
      await emptyTables(database);
      service = await openService({ database, limits: { leaseSeconds: 100 } });
      people = await seatPeople(service, 4);
      tokens = await Promise.all(people.map((key) => signInAs(service, key)));
      // Two votes and four seats, but tickets for all: oversubscribed as far as an open task may be, and then some.
      task = await seedTask(service, {
        rows: pairRows(5),
        seats: { human: 4 },
        query: { humans: people.map(({ address }) => address).join(",") },
        terms: { humanVotes: 2, oversubscription: 2_000_000 },
      });
    });
    afterEach(() => service.close());

    const judge = async (i: number, items: number[], version: number) =>
      submit(
        service,
        task.taskId,
        makeBallot(task.taskId, people[i]!, entriesOf(items), { version }),
      );

    it("carry the item with content that hashes to it, and its proof", async () => {
      const { status, body } = await claim(service, task.taskId, tokens[0]!);
      expect(status, JSON.stringify(body)).to.equal(200);
      const { item, lease } = body;
      expect(lease.deadline).to.equal(Number(START) + 100);
      expect(contentHash(item.prompt)).to.equal(item.promptHash);
      expect(contentHash(item.outputA)).to.equal(item.outputAHash);
      expect(contentHash(item.outputB)).to.equal(item.outputBHash);
      const leaf = itemLeaf(item.itemIndex, {
        prompt: item.promptHash,
        outputA: item.outputAHash,
        outputB: item.outputBHash,
      });
      expect(isInTree(task.terms.itemsRoot, leaf, item.proof)).to.be.true;
      expect(JSON.stringify(body).toLowerCase()).not.to.include("model");
    });

    it("give the same item again while they run, and no more time for it", async () => {
      const first = await claim(service, task.taskId, tokens[0]!);
      service.clock.now += 50n;
      const second = await claim(service, task.taskId, tokens[0]!);
      expect(second.body.lease).to.deep.equal(first.body.lease);
      expect(second.body.item).to.deep.equal(first.body.item);
      expect(await service.db.select().from(leases)).to.have.length(1);
    });

    it("never hand an item to more than its votes, however many claim at once", async () => {
      for (let round = 1; round <= 5; round++) {
        const claimed = await Promise.all(
          tokens.map((token) => claim(service, task.taskId, token)),
        );
        const holders = new Map<number, number>();
        for (const { status, body } of claimed) {
          if (status === 204) continue;
          expect(status, JSON.stringify(body)).to.equal(200);
          holders.set(body.item.itemIndex, (holders.get(body.item.itemIndex) ?? 0) + 1);
        }
        expect(Math.max(0, ...holders.values())).to.be.at.most(2);
        await Promise.all(
          claimed.map(async ({ status, body }, i) => {
            if (status !== 200) return;
            const before = await service.db
              .select()
              .from(judgedItems)
              .where(eq(judgedItems.validator, people[i]!.address));
            const items = [...before.map(({ itemIndex }) => itemIndex), body.item.itemIndex];
            const answer = await judge(i, items, round);
            expect(answer.status, JSON.stringify(answer.body)).to.equal(201);
          }),
        );
      }
      const judged = await service.db.select().from(judgedItems);
      const counts = [0, 1, 2, 3, 4].map(
        (item) => judged.filter(({ itemIndex }) => itemIndex === item).length,
      );
      expect(counts).to.deep.equal([2, 2, 2, 2, 2]);
      for (const token of tokens) {
        expect((await claim(service, task.taskId, token)).status).to.equal(204);
      }
    });

    it("give two clients that race for the last place one item between them", async () => {
      const last = await seedTask(service, {
        rows: pairRows(1),
        seats: { human: 4 },
        query: { humans: people.map(({ address }) => address).join(",") },
        terms: { humanVotes: 2, oversubscription: 2_000_000 },
      });
      const ballot = makeBallot(last.taskId, people[0]!, entriesOf([0]));
      expect((await submit(service, last.taskId, ballot)).status).to.equal(201);
      for (let round = 0; round < 5; round++) {
        const raced = await Promise.all(
          [1, 2, 3].map((i) => claim(service, last.taskId, tokens[i]!)),
        );
        expect(raced.map(({ status }) => status).sort()).to.deep.equal([200, 204, 204]);
        const winner = raced.findIndex(({ status }) => status === 200) + 1;
        const path = `/api/tasks/${last.taskId}/leases/0`;
        const { status } = await call(service, "DELETE", path, undefined, tokens[winner]);
        expect(status).to.equal(204);
      }
    });

    it("that are given back go to others", async () => {
      const held = new Map<number, string>();
      const single = await seedTask(service, {
        rows: pairRows(1),
        seats: { human: 4 },
        query: { humans: people.map(({ address }) => address).join(",") },
        terms: { humanVotes: 2, oversubscription: 2_000_000 },
      });
      for (const [i, token] of tokens.slice(0, 2).entries()) {
        const { body } = await claim(service, single.taskId, token);
        held.set(i, token);
        expect(body.item.itemIndex).to.equal(0);
      }
      expect((await claim(service, single.taskId, tokens[2]!)).status).to.equal(204);
      const path = `/api/tasks/${single.taskId}/leases/0`;
      expect((await call(service, "DELETE", path, undefined, tokens[0])).status).to.equal(204);
      const again = await call(service, "DELETE", path, undefined, tokens[0]);
      expect([again.status, again.body.code]).to.deep.equal([404, "lease-unknown"]);
      expect((await claim(service, single.taskId, tokens[2]!)).status).to.equal(200);
    });

    it("that run out go to others, and then the first cannot judge any more", async () => {
      const single = await seedTask(service, {
        rows: pairRows(1),
        seats: { human: 4 },
        query: { humans: people.map(({ address }) => address).join(",") },
        terms: { humanVotes: 2, oversubscription: 2_000_000 },
      });
      const judgeIt = (i: number) =>
        submit(service, single.taskId, makeBallot(single.taskId, people[i]!, entriesOf([0])));
      await claim(service, single.taskId, tokens[0]!);
      await claim(service, single.taskId, tokens[1]!);
      service.clock.now += 101n;
      expect((await claim(service, single.taskId, tokens[2]!)).status).to.equal(200);
      // One place is still free: a late judgment is welcome.
      expect((await judgeIt(0)).status).to.equal(201);
      const late = await judgeIt(1);
      expect([late.status, late.body.code]).to.deep.equal([410, "lease-expired"]);
      expect((await judgeIt(2)).status).to.equal(201);
    });

    it("offer only items whose ticket is the validator's", async () => {
      const open = await seedTask(service, {
        rows: pairRows(30),
        seats: { human: 4 },
        terms: { humanVotes: 2 },
      });
      const threshold = (2n ** 255n * 2n) / 4n;
      const own = eligibleItems(
        hashOf(`seed of ${open.taskId}`),
        people[0]!.address,
        threshold,
        30,
      );
      const offered = new Set<number>();
      for (;;) {
        const { status, body } = await claim(service, open.taskId, tokens[0]!, {
          skip: [...offered],
        });
        if (status === 204) break;
        offered.add(body.item.itemIndex);
      }
      expect([...offered].sort((a, b) => a - b)).to.deep.equal(own);
    });

    it("leave out what was judged, and what is set aside", async () => {
      const { body: first } = await claim(service, task.taskId, tokens[0]!);
      await judge(0, [first.item.itemIndex], 1);
      const { body: second } = await claim(service, task.taskId, tokens[0]!);
      expect(second.item.itemIndex).not.to.equal(first.item.itemIndex);
      const { body: third } = await claim(service, task.taskId, tokens[0]!, {
        skip: [second.item.itemIndex],
      });
      expect([first.item.itemIndex, second.item.itemIndex]).not.to.include(third.item.itemIndex);
    });

    describe("are refused", () => {
      const refused = async (
        answer: Promise<{ status: number; body: { code: string } }>,
        status: number,
        code: string,
      ) => {
        const { status: got, body } = await answer;
        expect([got, body.code], JSON.stringify(body)).to.deep.equal([status, code]);
      };

      it("to who is not signed in", async () => {
        await refused(claim(service, task.taskId, "nonsense"), 401, "not-signed-in");
        await refused(
          call(service, "POST", `/api/tasks/${task.taskId}/leases`, {}),
          401,
          "not-signed-in",
        );
      });
      it("to who is not admitted", async () => {
        const stranger = keyOf("unlisted");
        await join(service.db, stranger.address, "Human", 1_000n * TOKEN);
        await refused(
          claim(service, task.taskId, await signInAs(service, stranger)),
          403,
          "not-admitted",
        );
      });
      it("to who had no seat at the snapshot", async () => {
        const late = keyOf("late");
        await join(service.db, late.address, "Human", 1_000n * TOKEN, 51n);
        await refused(
          claim(service, task.taskId, await signInAs(service, late)),
          403,
          "validator-not-active",
        );
      });
      it("to AIs where none are wanted", async () => {
        const ai = keyOf("ai");
        await join(service.db, ai.address, "Ai", 1_000n * TOKEN);
        await refused(claim(service, task.taskId, await signInAs(service, ai)), 403, "role-wrong");
      });
      it("after closesAt", async () => {
        service.clock.now = task.terms.closesAt;
        await refused(claim(service, task.taskId, tokens[0]!), 409, "ballot-too-late");
      });
      it("before the task opens", async () => {
        const { taskId } = await seedTask(service, { opened: false });
        await refused(claim(service, taskId, tokens[0]!), 409, "task-not-open");
      });
      it("for judgments made elsewhere", async () => {
        const { taskId } = await seedTask(service, {
          seats: { human: 4 },
          query: { humans: people.map(({ address }) => address).join(","), replay: "true" },
          terms: { oversubscription: 4_000_000 },
        });
        await refused(claim(service, taskId, tokens[0]!), 403, "task-replay");
      });
      it("when the stake does not cover the next judgment", async () => {
        await service.db
          .update(validators)
          .set({ lockedUnits: 1_000n * TOKEN - 1n })
          .where(eq(validators.validator, people[0]!.address));
        await refused(claim(service, task.taskId, tokens[0]!), 422, "stake-insufficient");
      });
      it("under a session that ends before commits do", async () => {
        const key = keyOf("short session").address;
        await authorize(service, people[0]!.address, key, {
          expiresAt: task.terms.commitEndsAt - 1n,
        });
        await refused(claim(service, task.taskId, tokens[0]!), 403, "session-too-short");
        await refused(claim(service, task.taskId, tokens[0]!, { key }), 403, "session-too-short");
        const lasting = keyOf("lasting session").address;
        await authorize(service, people[0]!.address, lasting);
        expect((await claim(service, task.taskId, tokens[0]!)).status).to.equal(200);
        await refused(claim(service, task.taskId, tokens[0]!, { key }), 403, "session-too-short");
      });
      it("for a task that does not exist", async () => {
        await refused(claim(service, hashOf("no task"), tokens[0]!), 404, "task-unknown");
      });
    });
  });
}
