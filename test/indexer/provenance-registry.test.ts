import { expect } from "chai";
import { AbiCoder } from "ethers";
import { followOnce, type FollowConfig } from "../../indexer/follow-chain.ts";
import { createGraphql, type GraphqlHandler } from "../../indexer/graphql/server.ts";
import { kindNumber, type Parent, type RecordKind } from "../../protocol/provenance.ts";
import { ZERO_ADDRESS, type Address, type Hash } from "../../protocol/words.ts";
import type { OpenDatabase } from "../../store/database.ts";
import { provenanceParents, provenanceRecords } from "../../store/schema/chain.ts";
import { dumpChainTables } from "../support/chain-tables.ts";
import {
  FOLLOWED,
  MadeChain,
  PROVENANCE_REGISTRY,
  provenanceLog,
  type MadeLog,
} from "../support/made-chain.ts";
import { joinLogs, madeAddress, madeHash, madeTask, OPERATOR } from "../support/made-task.ts";
import { databaseKinds, emptyTables } from "../support/postgres.ts";

const CONFIG: FollowConfig = {
  ...FOLLOWED,
  contracts: { ...FOLLOWED.contracts, provenanceRegistry: PROVENANCE_REGISTRY },
};
const ALICE = madeAddress(1);
const COMPUTE = madeAddress(2);
const task = madeTask("one", 6, 2n);
const BASE = madeHash("base");
const RELEASE = madeHash("release");
const TRAINING = madeHash("training");
const RESULT = madeHash("result");
const BOARD = madeHash("leaderboard");
const INVALID_UTF8 = "0x68ff6900c3a4";

function recordedLog(
  recordId: Hash,
  kind: RecordKind,
  parents: readonly Parent[],
  coSigner: Address = ZERO_ADDRESS,
): MadeLog {
  return provenanceLog("Recorded", [
    recordId,
    ALICE,
    madeHash(`content of ${recordId}`),
    kindNumber(kind),
    madeHash(`manifest of ${recordId}`),
    parents.map((parent) => ({ kind: kindNumber(parent.kind), id: parent.id })),
    coSigner,
  ]);
}

function withdrawnLog(recordId: Hash, reason: string): MadeLog {
  return provenanceLog("RecordWithdrawn", [recordId, ALICE, reason]);
}

const fromTask: Parent = { kind: "Task", id: task.taskId };

/** Blocks 1 to 4: a task; a base model and a release from the task; a training on both; its result and a leaderboard. */
function mineLineage(chain: MadeChain): void {
  chain.mine([...joinLogs(OPERATOR, 3, 2n), task.created]);
  chain.mine([recordedLog(BASE, "Model", []), recordedLog(RELEASE, "Release", [fromTask])]);
  chain.mine([
    recordedLog(
      TRAINING,
      "Training",
      [
        { kind: "Release", id: RELEASE },
        { kind: "Model", id: BASE },
      ],
      COMPUTE,
    ),
  ]);
  chain.mine([
    recordedLog(RESULT, "Model", [{ kind: "Training", id: TRAINING }]),
    recordedLog(BOARD, "Evaluation", [fromTask, { kind: "Model", id: BASE }]),
  ]);
}

interface Answer {
  readonly data?: Record<string, unknown>;
  readonly errors?: { message: string }[];
}

for (const kind of databaseKinds()) {
  describe(`the index of lineage (${kind.name})`, () => {
    let database: OpenDatabase;
    let other: OpenDatabase;
    let chain: MadeChain;
    let graphql: GraphqlHandler;
    before(async () => {
      await kind.start();
      database = await kind.open();
      other = await kind.open();
      graphql = createGraphql({ db: database.db, now: () => 1_700_000_000n });
    });
    after(async () => {
      await database.close();
      await other.close();
      await kind.stop();
    });
    beforeEach(async () => {
      await emptyTables(database);
      await emptyTables(other);
      chain = new MadeChain();
    });

    const follow = async (config = CONFIG, { db } = database): Promise<void> => {
      for (;;) {
        const { kind: what } = await followOnce(db, chain, config);
        if (what === "idle" || what === "lagging") return;
      }
    };
    const ask = async (query: string, variables: object = {}): Promise<Record<string, unknown>> => {
      const response = await graphql.fetch("http://127.0.0.1/graphql", {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ query, variables }),
      });
      const { data, errors } = (await response.json()) as Answer;
      expect(errors).to.equal(undefined);
      return data ?? {};
    };
    const recordOf = async (
      recordId: Hash,
    ): Promise<typeof provenanceRecords.$inferSelect | undefined> =>
      (await database.db.select().from(provenanceRecords)).find((row) => row.recordId === recordId);

    it("has every record and every parent as the events state them", async () => {
      mineLineage(chain);
      await follow();
      const records = await database.db.select().from(provenanceRecords);
      expect(records.map((row) => [row.recordId, row.kind, row.coSigner])).to.have.deep.members([
        [BASE, "Model", null],
        [RELEASE, "Release", null],
        [TRAINING, "Training", COMPUTE],
        [RESULT, "Model", null],
        [BOARD, "Evaluation", null],
      ]);
      expect(await recordOf(TRAINING)).to.deep.include({
        owner: ALICE,
        contentHash: madeHash(`content of ${TRAINING}`),
        manifestHash: madeHash(`manifest of ${TRAINING}`),
        withdrawnAt: null,
        withdrawnReason: null,
        blockNumber: 3n,
        blockHash: chain.hashAt(3n),
        logIndex: 0,
      });
      const parents = await database.db.select().from(provenanceParents);
      expect(
        parents.map((row) => [row.recordId, row.position, row.kind, row.parentId]),
      ).to.have.deep.members([
        [RELEASE, 0, "Task", task.taskId],
        [TRAINING, 0, "Release", RELEASE],
        [TRAINING, 1, "Model", BASE],
        [RESULT, 0, "Training", TRAINING],
        [BOARD, 0, "Task", task.taskId],
        [BOARD, 1, "Model", BASE],
      ]);
    });

    it("marks what was withdrawn and keeps all else", async () => {
      mineLineage(chain);
      await follow();
      const before = await recordOf(RELEASE);
      chain.mine([withdrawnLog(RELEASE, "licence – revoked")]);
      await follow();
      expect(await recordOf(RELEASE)).to.deep.equal({
        ...before,
        withdrawnAt: 1_700_000_005n,
        withdrawnReason: "licence – revoked",
        withdrawnTx: (await chain.logsInRange(5n, 5n, [PROVENANCE_REGISTRY]))[0]?.txHash,
      });
      expect(await database.db.select().from(provenanceParents)).to.have.length(6);
    });

    it("is not stopped by a reason that is no text", async () => {
      mineLineage(chain);
      const log = withdrawnLog(RELEASE, "x");
      chain.mine([{ ...log, data: AbiCoder.defaultAbiCoder().encode(["bytes"], [INVALID_UTF8]) }]);
      await follow();
      expect((await recordOf(RELEASE))?.withdrawnReason).to.equal("h\uFFFDi\uFFFDä");
    });

    it("takes records, parents and withdrawals back in a reorg", async () => {
      mineLineage(chain);
      await follow();
      const before = await dumpChainTables(database.db);
      chain.mine([withdrawnLog(BASE, "no"), recordedLog(madeHash("late"), "Release", [fromTask])]);
      chain.mine([withdrawnLog(TRAINING, "no")]);
      await follow();
      chain.forkAt(4n);
      chain.mine([]);
      await follow();
      expect(await dumpChainTables(database.db)).to.deep.equal(before);

      chain.forkAt(1n);
      chain.mine([recordedLog(BASE, "Model", [])]);
      await follow();
      await follow(CONFIG, other);
      expect(await dumpChainTables(database.db)).to.deep.equal(await dumpChainTables(other.db));
      expect(await database.db.select().from(provenanceParents)).to.deep.equal([]);
    });

    describe("given a configuration without the registry", () => {
      it("indexes all else, as before there was one", async () => {
        mineLineage(chain);
        await follow(FOLLOWED);
        expect(await database.db.select().from(provenanceRecords)).to.deep.equal([]);
        expect(await ask("{ _meta { provenanceRegistry } tasks { totalCount } }")).to.deep.equal({
          _meta: { provenanceRegistry: null },
          tasks: { totalCount: 1 },
        });
      });

      it("is another index than one with it: events gone by would be missing", async () => {
        for (const [first, second] of [
          [FOLLOWED, CONFIG],
          [CONFIG, FOLLOWED],
        ] as const) {
          await emptyTables(database);
          await follow(first);
          const refused = await follow(second).catch((reason: unknown) => reason);
          expect(refused).to.have.property("code", "chain-mismatch");
          expect(refused).to.have.property("message").that.contains(PROVENANCE_REGISTRY);
        }
      });
    });

    describe("in GraphQL", () => {
      beforeEach(async () => {
        mineLineage(chain);
        chain.mine([withdrawnLog(BASE, "superseded")]);
        await follow();
      });

      it("leads from a model up to the tasks, step by step", async () => {
        const found = await ask(
          `query ($recordId: Hash!) {
            _meta { provenanceRegistry }
            provenanceRecord(recordId: $recordId) {
              kind owner
              parents(first: 9) { edges { node { kind position parentRecord { coSigner
                parents(first: 9) { edges { node { kind parentTask { taskId } parentRecord { recordId
                  withdrawnReason
                  parents(first: 9) { edges { node { parentTask { taskId } } } } } } } } } } } }
            }
          }`,
          { recordId: RESULT },
        );
        const fromTaskEdge = { edges: [{ node: { parentTask: { taskId: task.taskId } } }] };
        expect(found).to.deep.equal({
          _meta: { provenanceRegistry: PROVENANCE_REGISTRY },
          provenanceRecord: {
            kind: "Model",
            owner: ALICE,
            parents: {
              edges: [
                {
                  node: {
                    kind: "Training",
                    position: 0,
                    parentRecord: {
                      coSigner: COMPUTE,
                      parents: {
                        edges: [
                          {
                            node: {
                              kind: "Release",
                              parentTask: null,
                              parentRecord: {
                                recordId: RELEASE,
                                withdrawnReason: null,
                                parents: fromTaskEdge,
                              },
                            },
                          },
                          {
                            node: {
                              kind: "Model",
                              parentTask: null,
                              parentRecord: {
                                recordId: BASE,
                                withdrawnReason: "superseded",
                                parents: { edges: [] },
                              },
                            },
                          },
                        ],
                      },
                    },
                  },
                },
              ],
            },
          },
        });
      });

      it("leads from a task down to all that was made from it", async () => {
        const found = await ask(
          `query ($taskId: Hash!) {
            task(taskId: $taskId) { children(first: 9) { totalCount edges { node { record { recordId
              children(first: 9) { edges { node { record { recordId
                children(first: 9) { edges { node { recordId } } } } } } } } } } } }
          }`,
          { taskId: task.taskId },
        );
        const ofRelease = {
          recordId: RELEASE,
          children: {
            edges: [
              {
                node: {
                  record: {
                    recordId: TRAINING,
                    children: { edges: [{ node: { recordId: RESULT } }] },
                  },
                },
              },
            ],
          },
        };
        expect(found).to.deep.equal({
          task: {
            children: {
              totalCount: 2,
              edges: [
                { node: { record: ofRelease } },
                { node: { record: { recordId: BOARD, children: { edges: [] } } } },
              ],
            },
          },
        });
      });

      it("gives a record's whole lineage at once, each step once", async () => {
        const query = `query ($recordId: Hash!) { provenanceRecord(recordId: $recordId) {
          lineage { recordId kind parentId parentTask { taskId } } } }`;
        const step = (recordId: Hash, stepKind: string, parentId: Hash): object => ({
          recordId,
          kind: stepKind,
          parentId,
          parentTask: stepKind === "Task" ? { taskId: parentId } : null,
        });
        expect(await ask(query, { recordId: RESULT })).to.deep.equal({
          provenanceRecord: {
            lineage: [
              step(RESULT, "Training", TRAINING),
              step(TRAINING, "Release", RELEASE),
              step(TRAINING, "Model", BASE),
              step(RELEASE, "Task", task.taskId),
            ],
          },
        });
        expect(await ask(query, { recordId: BASE })).to.deep.equal({
          provenanceRecord: { lineage: [] },
        });
      });

      it("gives the lineages of a list together", async () => {
        const { provenanceRecords: found } = (await ask(
          "{ provenanceRecords { edges { node { recordId lineage { parentId } } } } }",
        )) as { provenanceRecords: { edges: { node: { recordId: Hash; lineage: object[] } }[] } };
        expect(found.edges.map(({ node }) => [node.recordId, node.lineage.length])).to.deep.equal([
          [BASE, 0],
          [RELEASE, 1],
          [TRAINING, 3],
          [RESULT, 4],
          [BOARD, 2],
        ]);
      });

      it("finds records by content, kind and owner, and none that is not there", async () => {
        const found = await ask(
          `query ($contentHash: Hash!, $owner: Address!, $none: Hash!) {
            byContent: provenanceRecords(where: { contentHash: $contentHash }) { edges { node { recordId } } }
            models: provenanceRecords(where: { kind: Model, owner: $owner, withdrawnAt: null }) { edges { node { recordId } } }
            trained: provenanceParents(where: { kind: Model }) { edges { node { recordId } } }
            provenanceRecord(recordId: $none) { recordId }
          }`,
          { contentHash: madeHash(`content of ${BOARD}`), owner: ALICE, none: task.taskId },
        );
        const nodes = (...ids: Hash[]): object => ({
          edges: ids.map((recordId) => ({ node: { recordId } })),
        });
        expect(found).to.deep.equal({
          byContent: nodes(BOARD),
          models: nodes(RESULT),
          trained: nodes(TRAINING, BOARD),
          provenanceRecord: null,
        });
      });
    });
  });
}
