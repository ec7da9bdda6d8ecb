import { expect } from "chai";
import { followOnce } from "../../../indexer/follow-chain.ts";
import { createGraphql, type GraphqlHandler } from "../../../indexer/graphql/server.ts";
import { readManifests } from "../../../indexer/read-manifests.ts";
import { encodeGolds } from "../../../protocol/gold.ts";
import { buildMerkleTree, hashLeafOf, isInTree } from "../../../protocol/merkle-tree.ts";
import { sha256 } from "../../../protocol/sha256.ts";
import type { Blobs } from "../../../store/blobs.ts";
import type { OpenDatabase } from "../../../store/database.ts";
import { ballotHeads, ballotVersions } from "../../../store/schema/submissions.ts";
import {
  anchorLeaves,
  anchorTrees,
  transactionIntents,
} from "../../../store/schema/transactions.ts";
import { FEEDBACK_TASKS, FOLLOWED, MadeChain, tasksLog } from "../../support/made-chain.ts";
import {
  anchoredLog,
  committedLog,
  joinLogs,
  madeAddress,
  madeEntries,
  madeHash,
  madeTask,
  OPERATOR,
  revealedLog,
  settledLog,
  TOKEN,
} from "../../support/made-task.ts";
import { databaseKinds } from "../../support/postgres.ts";

const VALIDATORS = [1, 2, 3, 4, 5].map(madeAddress);
const ALICE = VALIDATORS[0] as string;
const task = madeTask("one", 12, 2n);
const other = madeTask("two", 3, 2n);
const DIGESTS = [1, 2, 3].map((version) => madeHash(`digest ${version}`));
const tree = buildMerkleTree(DIGESTS.map(hashLeafOf));

interface Connection<Node> {
  readonly totalCount: number;
  readonly edges: { readonly cursor: string; readonly node: Node }[];
  readonly pageInfo: {
    readonly hasNextPage: boolean;
    readonly hasPreviousPage: boolean;
    readonly startCursor: string | null;
    readonly endCursor: string | null;
  };
}

/** What the tests look into; all else is compared whole. */
interface Data {
  readonly _meta: object;
  readonly account: object;
  readonly item: object;
  readonly list: Connection<object>;
  readonly ballotVersion: {
    readonly inclusion: { root: string; leaf: string; proof: string[]; anchor: object };
  };
  readonly judgment: {
    readonly item: object;
    readonly task: object;
    readonly ballot: { revealedTx: string };
    readonly txHash: string;
  };
  readonly judgments: Connection<{ itemIndex: number; validator: string }>;
  readonly tasks: Connection<{ readonly items: Connection<object> }>;
  readonly validators: Connection<{ validator: string }>;
}

interface Answer {
  readonly data?: Data;
  readonly errors?: { message: string; extensions: { code: string; reason: string } }[];
}

/** A settled task of five validators and an open one; three receipted versions of Alice's ballot, anchored. */
async function fill(database: OpenDatabase): Promise<MadeChain> {
  const chain = new MadeChain();
  chain.mine([
    ...joinLogs(OPERATOR, 3, 2n),
    ...VALIDATORS.flatMap((validator) => joinLogs(validator, 1, 2n)),
  ]);
  chain.mine([task.created, other.created]);
  chain.mine([task.opened, anchoredLog(task.taskId, tree.root, DIGESTS.length)]);
  chain.mine(VALIDATORS.map((validator) => committedLog(task.taskId, validator, 3, 12, TOKEN)));
  chain.mine([
    tasksLog("GoldOpened", [task.taskId, encodeGolds([{ itemIndex: 4, answer: 1 }], 12)]),
    ...VALIDATORS.map((validator) => revealedLog(task.taskId, validator, madeEntries(12))),
  ]);
  chain.mine([
    tasksLog("BooksClosed", [task.taskId, 5n, 7n]),
    ...VALIDATORS.map((validator) => settledLog(task.taskId, validator, 3n, 0n)),
    tasksLog("TaskSettled", [task.taskId, 15n, 11n, 0n]),
    tasksLog("Withdrawn", [ALICE, 2n]),
  ]);
  while ((await followOnce(database.db, chain, FOLLOWED)).kind === "advanced");

  const blobs = {
    get: (hash: string) =>
      Promise.resolve(hash === sha256(task.manifest) ? task.manifest : undefined),
  } as unknown as Blobs;
  expect(await readManifests(database.db, blobs)).to.equal(1);

  await database.db.insert(ballotVersions).values(
    DIGESTS.map((digest, i) => ({
      digest,
      taskId: task.taskId,
      validator: ALICE,
      role: "Human" as const,
      version: i + 1,
      judgments: i + 1,
      commitment: madeHash(`commitment ${ALICE} ${i + 1}`),
      signature: "0x11",
      signer: ALICE,
      admissionIndex: 0,
      entries: "0x00000001",
      salt: madeHash("salt"),
      notesHash: madeHash("notes"),
      receiptSignature: "0x22",
      receivedAt: 1_700_000_003n,
    })),
  );
  await database.db.insert(ballotHeads).values({
    taskId: task.taskId,
    validator: ALICE,
    role: "Human",
    version: 3,
    judgments: 3,
    digest: DIGESTS[2] as string,
    signer: ALICE,
  });
  const [intent] = await database.db
    .insert(transactionIntents)
    .values({
      kind: "anchor",
      taskId: task.taskId,
      elements: [],
      toAddress: FEEDBACK_TASKS,
      callData: "0x",
      gasLimit: 1n,
      state: "confirmed",
      createdAt: 1n,
    })
    .returning();
  const [kept] = await database.db
    .insert(anchorTrees)
    .values({
      taskId: task.taskId,
      root: tree.root,
      ballots: DIGESTS.length,
      intentId: intent?.id as number,
      createdAt: 1n,
    })
    .returning();
  await database.db
    .insert(anchorLeaves)
    .values(DIGESTS.map((digest, position) => ({ treeId: kept?.id as number, position, digest })));
  return chain;
}

for (const kind of databaseKinds()) {
  describe(`GraphQL (${kind.name})`, () => {
    let database: OpenDatabase;
    let chain: MadeChain;
    let graphql: GraphqlHandler;
    let errors: unknown[];
    before(async () => {
      await kind.start();
      database = await kind.open();
      chain = await fill(database);
      graphql = createGraphql({
        db: database.db,
        now: () => 1_700_000_000n,
        onError: (error) => errors.push(error),
      });
    });
    beforeEach(() => {
      errors = [];
    });
    after(async () => {
      await database.close();
      await kind.stop();
    });

    const ask = async (query: string, variables: Record<string, unknown> = {}): Promise<Answer> => {
      const response = await graphql.fetch("http://127.0.0.1/graphql", {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ query, variables }),
      });
      return (await response.json()) as Answer;
    };
    const data = async (query: string, variables?: Record<string, unknown>): Promise<Data> => {
      const answer = await ask(query, variables);
      expect(answer.errors, JSON.stringify(answer.errors)).to.equal(undefined);
      if (answer.data === undefined) throw new Error("neither data nor errors");
      return answer.data;
    };

    it("tells where the index stands", async () => {
      const { _meta } = await data(
        "{ _meta { block { number hash timestamp } chainHead blocksBehind hasIndexingErrors } }",
      );
      expect(_meta).to.deep.equal({
        block: { number: "6", hash: chain.hashAt(6n), timestamp: "1700000006" },
        chainHead: "6",
        blocksBehind: "0",
        hasIndexingErrors: false,
      });
    });

    it("leads from a judgment to item, ballot, transactions, score and pay", async () => {
      const { judgment } = await data(
        `query ($taskId: Hash!, $validator: Address!) {
          judgment(taskId: $taskId, itemIndex: 4, validator: $validator) {
            verdict role txHash
            item { promptHash tally { human { a b tie } ai { a } } }
            ballot { version scorePpm payUnits committedTx revealedTx settledTx owner { stakedUnits } }
            task { state manifest { title refusal humanAdmission { rule words block } } operatorStake { role } }
          }
        }`,
        { taskId: task.taskId, validator: ALICE.toUpperCase().replace("0X", "0x") },
      );
      expect(judgment).to.deep.include({ verdict: "B", role: "Human" });
      expect(judgment.item).to.deep.equal({
        promptHash: task.items[4]?.prompt,
        tally: { human: { a: 0, b: 5, tie: 0 }, ai: { a: 0 } },
      });
      expect(judgment.ballot).to.deep.include({ version: 3, scorePpm: 140_066, payUnits: "3" });
      expect(judgment.ballot.revealedTx).to.equal(judgment.txHash);
      expect(judgment.task).to.deep.equal({
        state: "Open",
        manifest: {
          ...{ title: "Task one", refusal: null },
          humanAdmission: { rule: "open", words: "All people with a seat", block: null },
        },
        operatorStake: { role: "Operator" },
      });
    });

    it("shows an item's gold, where it is one", async () => {
      const query = `query ($taskId: Hash!, $itemIndex: Int!) {
        item(taskId: $taskId, itemIndex: $itemIndex) {
          gold { itemIndex answer void blockNumber item { promptHash } }
        }
      }`;
      const { taskId } = task;
      expect((await data(query, { taskId, itemIndex: 4 })).item).to.deep.equal({
        gold: {
          itemIndex: 4,
          answer: "B",
          // Not held against people's votes yet.
          void: null,
          blockNumber: "5",
          item: { promptHash: task.items[4]?.prompt },
        },
      });
      expect((await data(query, { taskId, itemIndex: 3 })).item).to.deep.equal({ gold: null });
    });

    it("proves that a receipted version is under an anchored root", async () => {
      const { ballotVersion } = await data(
        `query ($digest: Hash!) {
          ballotVersion(digest: $digest) {
            judgments version
            inclusion { root leaf proof anchor { txHash blockNumber ballots } }
          }
        }`,
        { digest: DIGESTS[1] },
      );
      expect(ballotVersion).to.include({ judgments: 2, version: 2 });
      const { root, leaf, proof, anchor } = ballotVersion.inclusion;
      expect(isInTree(root, hashLeafOf(leaf), proof)).to.equal(true);
      expect(anchor).to.include({ blockNumber: "3", ballots: "3" });
    });

    it("counts what was receipted, and never says what", async () => {
      const answer = await data(
        `{ tasks(where: {taskId: "${task.taskId}"}) { edges { node {
             receiptedHuman { ballots judgments } receiptedAi { judgments }
             ballotVersions(first: 2) { totalCount edges { node { version } } pageInfo { hasNextPage } }
        } } } }`,
      );
      expect(answer.tasks.edges[0]?.node).to.deep.equal({
        receiptedHuman: { ballots: 1, judgments: 3 },
        receiptedAi: { judgments: 0 },
        ballotVersions: {
          totalCount: 3,
          edges: [{ node: { version: 1 } }, { node: { version: 2 } }],
          pageInfo: { hasNextPage: true },
        },
      });
      const refused = await ask("{ ballotVersions { edges { node { entries } } } }");
      expect(refused.errors?.[0]?.message).to.match(/Cannot query field "entries"/);
    });

    it("pages forwards and backwards without a gap or a repeat", async () => {
      const query = `query ($first: Int, $after: String, $last: Int, $before: String) {
        judgments(first: $first, after: $after, last: $last, before: $before) {
          totalCount
          pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
          edges { cursor node { itemIndex validator } }
        }
      }`;
      const key = (edge: { node: { itemIndex: number; validator: string } }): string =>
        `${edge.node.itemIndex} ${edge.node.validator}`;
      const forwards: string[] = [];
      let after: string | null = null;
      for (;;) {
        const { judgments }: Data = await data(query, { first: 7, after });
        expect(judgments.totalCount).to.equal(60);
        forwards.push(...judgments.edges.map(key));
        after = judgments.pageInfo.endCursor;
        if (judgments.pageInfo.hasNextPage === false) break;
      }
      expect(forwards).to.have.length(60);
      expect(new Set(forwards)).to.have.property("size", 60);

      const backwards: string[] = [];
      let before: string | null = null;
      for (;;) {
        const { judgments }: Data = await data(query, { last: 7, before });
        backwards.unshift(...judgments.edges.map(key));
        before = judgments.pageInfo.startCursor;
        if (judgments.pageInfo.hasPreviousPage === false) break;
      }
      expect(backwards).to.deep.equal(forwards);
    });

    it("orders by a column and then the key", async () => {
      const { validators } = await data(
        `{ validators(orderBy: stakedUnits, orderDirection: desc, first: 3, where: {role: Human}) {
             edges { cursor node { validator } } } }`,
      );
      const names = validators.edges.map((edge) => edge.node.validator);
      expect(names).to.deep.equal([...VALIDATORS].reverse().slice(0, 3));
      const next = await data(
        `query ($after: String) { validators(orderBy: stakedUnits, orderDirection: desc, after: $after, where: {role: Human}) {
             edges { node { validator } } } }`,
        { after: validators.edges[2]?.cursor },
      );
      expect(next.validators.edges.map((edge) => edge.node.validator)).to.deep.equal(
        [...VALIDATORS].reverse().slice(3),
      );
    });

    it("filters by equality, lists, ranges, null, and, or", async () => {
      const count = async (field: string, where: string): Promise<number> =>
        (await data(`{ list: ${field}(where: ${where}) { totalCount } }`)).list.totalCount;
      expect(await count("judgments", "{verdict: Tie}")).to.equal(20);
      expect(await count("judgments", "{itemIndex_in: [1, 2], verdict_not: B}")).to.equal(5);
      expect(await count("judgments", "{itemIndex_gte: 10}")).to.equal(10);
      expect(await count("judgments", "{or: [{itemIndex: 0}, {itemIndex_gt: 10}]}")).to.equal(10);
      expect(await count("judgments", "{and: [{itemIndex: 0}, {verdict: A}]}")).to.equal(5);
      expect(await count("judgments", "{or: []}")).to.equal(0);
      expect(await count("tasks", "{settledAt: null}")).to.equal(1);
      expect(await count("tasks", "{settledAt_not: null}")).to.equal(1);
      expect(await count("tasks", "{state: Open}")).to.equal(1);
      expect(await count("tasks", "{state_in: [Open, Funded]}")).to.equal(2);
      expect(await count("ballots", `{status_in: [Settled], payUnits_gt: "2"}`)).to.equal(5);
      expect(await count("credits", "{kind: Pay}")).to.equal(5);
    });

    it("sums what an account was credited and has withdrawn", async () => {
      const { account } = await data(
        `{ account(account: "${ALICE}") { creditedUnits withdrawnUnits creditUnits credits { totalCount } } }`,
      );
      expect(account).to.deep.equal({
        creditedUnits: "3",
        withdrawnUnits: "2",
        creditUnits: "1",
        credits: { totalCount: 1 },
      });
    });

    it("answers lists within lists with a fixed number of queries", async () => {
      const { tasks } = await data(
        `{ tasks { edges { node { taskId items(first: 2) { totalCount edges { node { itemIndex
             judgments(first: 1) { totalCount edges { node { validator owner { role } } } } } } } } } } }`,
      );
      expect(tasks.edges).to.have.length(2);
      expect(tasks.edges[0]?.node.items).to.deep.include({ totalCount: 12 });
      expect(tasks.edges[0]?.node.items.edges[1]?.node).to.deep.equal({
        itemIndex: 1,
        judgments: {
          totalCount: 5,
          edges: [{ node: { validator: ALICE, owner: { role: "Human" } } }],
        },
      });
      expect(tasks.edges[1]?.node.items).to.deep.include({ totalCount: 0 });
    });

    describe("when the query is at fault", () => {
      const fault = async (query: string): Promise<{ code: string; reason: string }> => {
        const { errors: found } = await ask(query);
        expect(found, query).to.have.length.above(0);
        return found?.[0]?.extensions as { code: string; reason: string };
      };

      it("says so by code", async () => {
        expect(await fault("{ tasks(first: 1001) { totalCount } }")).to.include({
          code: "BAD_USER_INPUT",
          reason: "invalid-input",
        });
        expect(await fault(`{ tasks(after: "zzz") { edges { cursor } } }`)).to.include({
          reason: "cursor-invalid",
        });
        expect(await fault(`{ task(taskId: "0x12") { nonce } }`)).to.include({
          code: "GRAPHQL_VALIDATION_FAILED",
        });
        const large = "9".repeat(40);
        for (const where of [
          'provenanceRecords(where: {withdrawnReason: "a\\u0000"})',
          'ballots(where: {entries_in: ["0x", "\\u0000"]})',
          `tasks(where: {closesAt_gt: "${large}"})`,
        ]) {
          expect(await fault(`{ ${where} { totalCount } }`), where).to.include({
            reason: "invalid-input",
          });
        }
        const cursor = Buffer.from(JSON.stringify([large, 0])).toString("base64url");
        expect(await fault(`{ tasks(after: "${cursor}") { edges { cursor } } }`)).to.include({
          reason: "cursor-invalid",
        });
        expect(await fault("{ nothing }")).to.include({ code: "GRAPHQL_VALIDATION_FAILED" });
        expect(errors).to.deep.equal([]);
      });

      it("refuses one that asks too much, sizes in variables too", async () => {
        const { errors: found } = await ask(
          "query ($n: Int) { tasks(first: $n) { edges { node { judgments(first: $n) { edges { node { verdict } } } } } } }",
          { n: 1000 },
        );
        expect(found?.[0]?.extensions).to.include({ code: "QUERY_TOO_COMPLEX" });
        const deep =
          "task { ballots { edges { node { ".repeat(4) + "version" + " } } } }".repeat(4);
        expect(await fault(`{ ballots { edges { node { ${deep} } } } }`)).to.include({
          code: "QUERY_TOO_COMPLEX",
        });
      });
    });

    it("keeps errors of its own to itself", async () => {
      const broken = createGraphql({
        db: {
          select: () => {
            throw new Error("password=secret");
          },
        } as never,
        now: () => 0n,
        onError: (error) => errors.push(error),
      });
      const response = await broken.fetch("http://127.0.0.1/graphql", {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ query: "{ _meta { chainHead } }" }),
      });
      const { errors: told } = (await response.json()) as Answer;
      expect(told?.[0]?.message).to.equal("Something went wrong here.");
      expect(told?.[0]?.extensions).to.deep.equal({
        code: "INTERNAL_SERVER_ERROR",
        reason: "internal",
      });
      expect(errors).to.have.length(1);
    });
  });
}
