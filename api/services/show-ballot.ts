/** How far a validator's ballot has come: signed → receipted → anchored → committed → revealed → scored → paid. */
import type { Api } from "../api.ts";
import { ScrutineerError } from "../../protocol/errors.ts";
import type { GoldResult } from "../../protocol/gold-gate.ts";
import type { Address, Hash } from "../../protocol/words.ts";
import { findBallotVersion, findNewestBallot } from "../../store/submissions/ballots.ts";
import type { BallotVersionRow } from "../../store/submissions/ballots.ts";
import { findChainBallot, findWithdrawalSince } from "../../store/submissions/tasks.ts";
import type { ChainBallotRow } from "../../store/submissions/tasks.ts";
import type { BallotStateJson } from "../schemas/ballots.ts";
import { showGoldResult } from "./show-gold.ts";
import { findInclusion } from "./prove-inclusion.ts";
import type { Inclusion } from "./prove-inclusion.ts";

export async function showBallot(
  api: Api,
  taskId: Hash,
  validator: Address,
): Promise<BallotStateJson> {
  const row = await findNewestBallot(api.deps.db, taskId, validator);
  if (row === undefined) {
    throw new ScrutineerError("ballot-unknown", `no ballot of ${validator} was received here`, {
      taskId,
      validator,
    });
  }
  return showVersion(api, row);
}

export async function showBallotOf(api: Api, digest: Hash): Promise<BallotStateJson> {
  const row = await findBallotVersion(api.deps.db, digest);
  if (row === undefined)
    throw new ScrutineerError("ballot-unknown", `no ballot ${digest}`, { digest });
  return showVersion(api, row);
}

async function showVersion(api: Api, row: BallotVersionRow): Promise<BallotStateJson> {
  const { db } = api.deps;
  const { taskId, validator } = row;
  const inclusion = await findInclusion(api, row.digest);
  const record = await findChainBallot(db, taskId, validator);
  const withdrawal =
    record?.settledBlock == null
      ? undefined
      : await findWithdrawalSince(db, validator, record.settledBlock);
  const gold = record === undefined ? undefined : await showGoldResult(db, record);
  const steps = stepsOf(row, inclusion, record, withdrawal, gold);
  return {
    taskId,
    validator,
    role: row.role,
    digest: row.digest,
    version: row.version,
    judgments: row.judgments,
    commitment: row.commitment,
    stage: stageOf(steps, record),
    ...steps,
  };
}

type Steps = Pick<
  BallotStateJson,
  "signed" | "receipted" | "anchored" | "committed" | "revealed" | "scored" | "paid"
>;

/** Steps on chain are those of the record, which holds this version or an earlier one (`committed.version` says which). */
function stepsOf(
  row: BallotVersionRow,
  inclusion: Inclusion | undefined,
  record: ChainBallotRow | undefined,
  withdrawal: { tx: Hash; at: bigint } | undefined,
  gold: GoldResult | undefined,
): Steps {
  const received = { done: true, at: Number(row.receivedAt), tx: null };
  const covers = record !== undefined && record.version >= row.version;
  const opened = record?.status === "Revealed" || record?.status === "Settled";
  const scored = record?.status === "Settled";
  const nothingDue = scored && (record.payUnits ?? 0n) === 0n;
  const paid = scored && (nothingDue || withdrawal !== undefined);
  return {
    signed: { ...received, signature: row.signature, signer: row.signer },
    receipted: { ...received, receiptSignature: row.receiptSignature },
    anchored: {
      ...step(inclusion?.fact !== undefined, inclusion?.fact?.at, inclusion?.fact?.tx),
      root: inclusion?.fact === undefined ? null : inclusion.root,
      proof: inclusion?.fact === undefined ? [] : [...inclusion.proof],
    },
    committed: {
      ...step(covers, record?.committedAt, record?.committedTx),
      version: record?.version ?? null,
      locked: record?.lockedUnits.toString() ?? null,
    },
    revealed: {
      ...step(opened, record?.revealedAt, record?.revealedTx),
      entries: opened ? record.entries : null,
      void: record?.status === "Voided",
    },
    scored: {
      ...step(scored, record?.settledAt, record?.settledTx),
      scorePpm: scored ? record.scorePpm : null,
      scored: scored ? record.scored : null,
      multiplePpm: scored ? record.multiplePpm : null,
      loss: record?.lossUnits?.toString() ?? null,
      gold: gold ?? null,
    },
    paid: {
      ...step(
        paid,
        nothingDue ? record.settledAt : withdrawal?.at,
        nothingDue ? record.settledTx : withdrawal?.tx,
      ),
      pay: scored ? (record.payUnits ?? 0n).toString() : null,
      withdrawn: withdrawal !== undefined,
    },
  };
}

function step(
  done: boolean,
  at: bigint | null | undefined,
  tx: Hash | null | undefined,
): { done: boolean; at: number | null; tx: Hash | null } {
  return done ? { done, at: at == null ? null : Number(at), tx: tx ?? null } : NOT_YET;
}

const NOT_YET = { done: false, at: null, tx: null };

function stageOf(steps: Steps, record: ChainBallotRow | undefined): BallotStateJson["stage"] {
  if (record?.status === "Voided") return "void";
  if (record?.status === "Forfeited") return "forfeited";
  if (steps.paid.done) return "paid";
  if (steps.scored.done) return "scored";
  if (steps.revealed.done) return "revealed";
  if (steps.committed.done) return "committed";
  return steps.anchored.done ? "anchored" : "receipted";
}
