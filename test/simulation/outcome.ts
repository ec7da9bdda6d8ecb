/** What a task came to, without what may differ between two runs: digests, transactions, times and ids. */
import type { JsonRpcProvider } from "ethers";
import { IFeedbackTasks__factory } from "../../bindings/index.ts";
import type { ReleaseJson } from "../../api/schemas/releases.ts";
import type { ApiClient } from "../../cli/api-client.ts";
import { decodeEntries } from "../../protocol/ballot.ts";
import type { Address, Hash, Hex } from "../../protocol/words.ts";
import { configNames } from "../../release/columns.ts";
import { jsonlPath } from "../../release/paths.ts";

/** Plain JSON, so that two are compared as text. */
export interface CanonicalOutcome {
  /** By validator: item, canonical verdict. */
  readonly votes: Record<Address, readonly (readonly [number, number])[]>;
  readonly tallies: readonly string[];
  /** By validator. */
  readonly scores: Record<Address, Record<string, string>>;
  readonly money: Record<string, string>;
  /** By config, in the release's order. */
  readonly rows: Record<string, readonly Record<string, unknown>[]>;
}

/**
 * Columns that hold a digest, a transaction, a time or an id, or follow from one: the seed of a task is a block's hash, so
 * sides are flipped anew in each run; salts are drawn anew, so content hashes differ for the same content.
 */
const VOLATILE = new Set([
  ...["id", "task_id", "pair_id", "release", "created_at", "contract"],
  ...["ballot_digests", "ballot_digest", "commitment", "signature", "signer"],
  ...["tx_hashes", "commit_tx", "reveal_tx", "settle_tx"],
  ...["content_hash", "prompt_hash", "output_a_hash", "output_b_hash"],
  ...["presented", "left_output", "split"],
]);

export async function readCanonicalOutcome(
  provider: JsonRpcProvider,
  api: ApiClient,
  feedbackTasks: Address,
  taskId: Hash,
  itemCount: number,
): Promise<CanonicalOutcome> {
  const tasks = IFeedbackTasks__factory.connect(feedbackTasks, provider);
  const logs = await provider.getLogs({
    address: feedbackTasks,
    fromBlock: 0,
    topics: [null, taskId],
  });
  const votes: CanonicalOutcome["votes"] = {};
  const scores: CanonicalOutcome["scores"] = {};
  const money: Record<string, string> = {};
  for (const log of logs) {
    const event = tasks.interface.parseLog(log);
    if (event === null) continue;
    const args = event.args.toObject() as Record<string, unknown>;
    const validator = String(args["validator"]).toLowerCase();
    if (event.name === "BallotRevealed") {
      votes[validator] = decodeEntries(args["entries"] as Hex).map(({ itemIndex, verdict }) => [
        itemIndex,
        verdict,
      ]);
    }
    if (event.name === "BallotSettled" || event.name === "BallotForfeited") {
      const { taskId: _, validator: __, ...figures } = args;
      scores[validator] = mapValues(figures, String);
    }
    if (["TaskCreated", "BooksClosed", "TaskSettled"].includes(event.name)) {
      for (const [name, value] of Object.entries(args))
        if (name.endsWith("Units")) money[name] = String(value);
    }
  }
  const tallies = await Promise.all(
    Array.from({ length: itemCount }, async (_, itemIndex) => {
      const { human, ai } = await tasks.tallyOf(taskId, itemIndex);
      return `${human.join(" ")} / ${ai.join(" ")}`;
    }),
  );
  return {
    votes: sorted(votes),
    tallies,
    scores: sorted(scores),
    money: sorted(money),
    rows: await readRows(api, taskId),
  };
}

async function readRows(api: ApiClient, taskId: Hash): Promise<CanonicalOutcome["rows"]> {
  const release = (await api.post<ReleaseJson>("/releases", { taskIds: [taskId] })) as ReleaseJson;
  const rows: Record<string, Record<string, unknown>[]> = {};
  for (const config of configNames) {
    const response = await api.download(
      `/releases/${release.releaseId}/files/${jsonlPath(config)}`,
    );
    rows[config] = (await response.text())
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => withoutVolatile(JSON.parse(line) as Record<string, unknown>));
  }
  return rows;
}

function withoutVolatile(row: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(row).filter(([name]) => !VOLATILE.has(name)));
}

function mapValues<In, Out>(
  record: Record<string, In>,
  map: (value: In) => Out,
): Record<string, Out> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, map(value)]));
}

function sorted<T>(record: Record<string, T>): Record<string, T> {
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Paths at which two outcomes differ; empty: they are the same. */
export function differences(one: unknown, other: unknown, path = ""): string[] {
  if (Object.is(one, other)) return [];
  if (typeof one !== "object" || typeof other !== "object" || one === null || other === null) {
    return [`${path}: ${JSON.stringify(one)} and ${JSON.stringify(other)}`];
  }
  const names = new Set([...Object.keys(one), ...Object.keys(other)]);
  return [...names].flatMap((name) =>
    differences(
      (one as Record<string, unknown>)[name],
      (other as Record<string, unknown>)[name],
      `${path}/${name}`,
    ),
  );
}
