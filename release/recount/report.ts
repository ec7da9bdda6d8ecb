/** What a recount says, and how a check says that something does not hold. */
import { isScrutineerError, ScrutineerError } from "../../protocol/errors.ts";
import type { Hash } from "../../protocol/words.ts";
import type { LineageReport } from "../lineage/report.ts";
import type { ReleaseContracts } from "../source.ts";

export interface RecountReport {
  readonly ok: boolean;
  readonly release: string;
  readonly chainId: number;
  /** The contracts whose events were believed. Compare them with the ones you know. */
  readonly contracts: ReleaseContracts | undefined;
  readonly root: Hash | undefined;
  readonly tasks: number;
  readonly chainOnly: ChainOnlyReport;
  readonly claims: ClaimsReport;
  /** Who vouches for the outputs and what was made from the release; absent where it names no registry of lineage. */
  readonly lineage?: LineageReport | undefined;
  /** In the order made; after the first that fails there are no more. */
  readonly checks: readonly CheckReport[];
  readonly firstFailure?: RecountFailure;
}

/**
 * What the files cannot show because the chain alone saw it: believed from the chain's events, which the contract wrote
 * after checking it. A release can have such ballots without anybody's fault, but look at the figures: a file from which
 * signatures were dropped would show them here.
 */
export interface ChainOnlyReport {
  readonly signatures: number;
  readonly openings: number;
  /** How many of these the transactions themselves confirm; the others this node did not have. */
  readonly confirmed: number;
}

/** Omissions claimed from operators' bonds so far. */
export interface ClaimsReport {
  readonly made: number;
  /** Of how many the transaction shows what was claimed with; of the others the contract's word stands for the sum. */
  readonly recomputed: number;
  readonly paid: number;
}

export interface CheckReport {
  readonly name: string;
  readonly ok: boolean;
  /** How many single things were compared. */
  readonly count: number;
}

export interface RecountFailure {
  readonly check: string;
  readonly message: string;
  /** File and line, task, item or validator. */
  readonly where: string;
}

export interface RecountProgress {
  readonly check: string;
  readonly done: number;
  /** 0 where it is not known beforehand. */
  readonly total: number;
}

export function doesNotHold(where: string, message: string): ScrutineerError {
  return new ScrutineerError("recount-failed", message, { where });
}

export function hold(condition: boolean, where: string, message: string): asserts condition {
  if (!condition) throw doesNotHold(where, message);
}

/** Two plain values that ought to be the same. */
export function holdEqual(where: string, what: string, said: unknown, recounted: unknown): void {
  if (said === recounted) return;
  throw doesNotHold(where, `${what}: ${show(said)} is said, ${show(recounted)} is recounted`);
}

/** The first place where two JSON values differ, or undefined. Numbers may differ by `tolerance`, relative. */
export function findDifference(
  said: unknown,
  recounted: unknown,
  tolerance = 0,
  path = "",
): { path: string; said: unknown; recounted: unknown } | undefined {
  if (Object.is(said, recounted)) return undefined;
  if (typeof said === "number" && typeof recounted === "number") {
    const close = Math.abs(said - recounted) <= tolerance * Math.max(1, Math.abs(recounted));
    return close ? undefined : { path, said, recounted };
  }
  if (Array.isArray(said) && Array.isArray(recounted)) {
    for (let i = 0; i < Math.max(said.length, recounted.length); i++) {
      const found = findDifference(said[i], recounted[i], tolerance, `${path}[${i}]`);
      if (found) return found;
    }
    return undefined;
  }
  if (isRecord(said) && isRecord(recounted)) {
    for (const key of [...new Set([...Object.keys(recounted), ...Object.keys(said)])]) {
      const inner = path === "" ? key : `${path}.${key}`;
      const found = findDifference(said[key], recounted[key], tolerance, inner);
      if (found) return found;
    }
    return undefined;
  }
  return { path, said, recounted };
}

export function failureOf(check: string, error: unknown): RecountFailure | undefined {
  if (!isScrutineerError(error)) return undefined;
  if (error.code !== "recount-failed") return undefined;
  return { check, message: error.message, where: error.details["where"] as string };
}

export function show(value: unknown): string {
  if (typeof value === "bigint") return value.toString();
  const text = JSON.stringify(value) ?? "nothing";
  return text.length > 120 ? `${text.slice(0, 117)}...` : text;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
