/** What the chain says of one ballot: asked of the node, so that our server's account of it can be held against it. */
import type { Provider } from "ethers";
import type { Session } from "../../protocol/session.ts";
import type { Hash, Hex } from "../../protocol/words.ts";
import { stakeRegistry, tasksContract } from "../chain/contracts.ts";
import type { CommittedBallot, SettledBallot } from "../chain/task-logs.ts";
import {
  anchoredRootsIn,
  committedBallotIn,
  readTaskLogs,
  settledBallotIn,
} from "../chain/task-logs.ts";
import type { BallotState, Config } from "../data/schemas.ts";

export interface BallotRecord {
  /** 0: nothing of this ballot is on chain. */
  readonly version: number;
  /** Of the commitment; once opened, of the effective entries. */
  readonly fingerprint: Hex;
  readonly opened: boolean;
  readonly isVoid: boolean;
  readonly settled: boolean;
}

/** Undefined logs: the node shows no such transaction. */
export interface ChainFacts {
  readonly record: BallotRecord;
  /** Undefined: the wallet signed. */
  readonly session: Session | undefined;
  readonly anchoredRoots: readonly Hash[] | undefined;
  readonly commit: CommittedBallot | undefined;
  readonly settled: SettledBallot | undefined;
}

export async function readChainFacts(
  config: Pick<Config, "chainId" | "contracts">,
  provider: Provider,
  ballot: BallotState,
): Promise<ChainFacts> {
  const { taskId, validator, signed, anchored, committed, scored } = ballot;
  const [record, session, anchorLogs, commitLogs, settleLogs] = await Promise.all([
    tasksContract(config, provider).recordOf(taskId, validator),
    signed.signer === validator
      ? undefined
      : stakeRegistry(config, provider).sessionOf(validator, signed.signer),
    readTaskLogs(config, provider, anchored.tx),
    readTaskLogs(config, provider, committed.tx),
    readTaskLogs(config, provider, scored.tx),
  ]);
  return {
    record: {
      version: Number(record.version),
      fingerprint: record.fingerprint,
      opened: record.opened,
      isVoid: record.void_,
      settled: record.settled,
    },
    session: session && {
      authorizedAt: session.authorizedAt,
      expiresAt: session.expiresAt,
      revokedAt: session.revokedAt,
    },
    anchoredRoots: anchorLogs && anchoredRootsIn(anchorLogs, ballot),
    commit: commitLogs && committedBallotIn(commitLogs, ballot),
    settled: settleLogs && settledBallotIn(settleLogs, ballot),
  };
}
