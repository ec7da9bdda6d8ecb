/** One row by its natural key, batched with all others of the request. */
import type { Hash } from "../../protocol/words.ts";
import { findByKeys } from "../../store/chain-queries.ts";
import type * as chain from "../../store/schema/chain.ts";
import type { RequestContext } from "./context.ts";
import type { TableType } from "./table-type.ts";
import {
  Ballot,
  Claim,
  Gold,
  Item,
  Judgment,
  ProvenanceRecord,
  Task,
  Validator,
  Version,
  type BallotVersion,
} from "./tables.ts";

function byKey<Row extends object>(
  type: TableType<Row>,
  key: readonly string[],
  context: RequestContext,
  ...values: readonly (string | number)[]
): Promise<Row | undefined> {
  return context
    .loader<string, Row | undefined>(`${type.spec.name} by ${key.join()}`, (ids) =>
      findByKeys<Row>(context.db, type.spec.table, key, ids),
    )
    .load(values.join("/"));
}

export const findTask = (c: RequestContext, taskId: Hash): Promise<chain.Task | undefined> =>
  byKey(Task, ["taskId"], c, taskId);
export const findItem = (
  c: RequestContext,
  taskId: Hash,
  itemIndex: number,
): Promise<chain.Item | undefined> => byKey(Item, ["taskId", "itemIndex"], c, taskId, itemIndex);
export const findGold = (
  c: RequestContext,
  taskId: Hash,
  itemIndex: number,
): Promise<chain.Gold | undefined> => byKey(Gold, ["taskId", "itemIndex"], c, taskId, itemIndex);
export const findValidator = (
  c: RequestContext,
  validator: string,
): Promise<chain.Validator | undefined> => byKey(Validator, ["validator"], c, validator);
export const findBallot = (
  c: RequestContext,
  taskId: Hash,
  validator: string,
): Promise<chain.Ballot | undefined> =>
  byKey(Ballot, ["taskId", "validator"], c, taskId, validator);
export const findClaim = (
  c: RequestContext,
  taskId: Hash,
  validator: string,
): Promise<chain.Claim | undefined> => byKey(Claim, ["taskId", "validator"], c, taskId, validator);
export const findVersion = (c: RequestContext, digest: Hash): Promise<BallotVersion | undefined> =>
  byKey(Version, ["digest"], c, digest);
export const findJudgment = (
  c: RequestContext,
  taskId: Hash,
  itemIndex: number,
  validator: string,
): Promise<chain.Judgment | undefined> =>
  byKey(Judgment, ["taskId", "itemIndex", "validator"], c, taskId, itemIndex, validator);

export const findRecord = (
  c: RequestContext,
  recordId: Hash,
): Promise<chain.ProvenanceRecord | undefined> =>
  byKey(ProvenanceRecord, ["recordId"], c, recordId);

/** Never null where the chain would not have stated one without the other. */
export async function certain<Row>(found: Promise<Row | undefined>): Promise<Row> {
  const row = await found;
  if (row === undefined) throw new Error("a row that another one speaks of is missing");
  return row;
}
