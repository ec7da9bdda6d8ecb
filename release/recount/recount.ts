/**
 * The recount: does a release follow from the chain? It trusts the chain's answers and its own
 * arithmetic, none of our servers, and no checksum until the content behind it is checked.
 *
 * It checks in this order and stops at the first thing that does not hold: tasks and terms,
 * content, seed and draws, ballots and signatures, times, openings, what the chain alone has seen,
 * votes, gold, scores and pay, books,
 * claims, credits, every row of every file, the figures of the manifest, the card, sizes and sha-256. Output
 * receipts are checked after the content they speak of, and what was made from the release at last.
 */
import { ScrutineerError } from "../../protocol/errors.ts";
import { recoverSigner } from "../../protocol/signature.ts";
import type { Address, Hash, Hex } from "../../protocol/words.ts";
import { drawRelease } from "../draw-release.ts";
import type { EvidenceTask } from "../evidence.ts";
import { checkReceipts } from "../lineage/check-receipts.ts";
import type { RegistryReader } from "../lineage/registry-reader.ts";
import type { LineageReport } from "../lineage/report.ts";
import { traceLineage } from "../lineage/trace-lineage.ts";
import { MANIFEST_PATH } from "../paths.ts";
import type { ReleaseContracts, ReleaseSource, SourceGold, SourceTask } from "../source.ts";
import type { ReleaseManifest } from "../summary.ts";
import type { ChainReader } from "./chain-reader.ts";
import { checkAdmissionLists } from "./check-admission.ts";
import {
  checkAdmission,
  checkChainOnly,
  checkOpening,
  checkSecrecy,
  checkSession,
  checkSignature,
  checkTimes,
  matchBallots,
} from "./check-ballots.ts";
import type { MatchedBallot } from "./check-ballots.ts";
import { checkClaims } from "./check-claims.ts";
import { checkItem, checkManifest } from "./check-content.ts";
import { checkCard, checkFiles } from "./check-files.ts";
import { checkGold } from "./check-gold.ts";
import { checkRows } from "./check-rows.ts";
import {
  checkBooks,
  checkCredits,
  checkPay,
  checkVotes,
  recountTask,
  toSourceBallot,
} from "./check-settlement.ts";
import type { RecountedTask } from "./check-settlement.ts";
import { checkDraws, checkTerms } from "./check-task.ts";
import type { OpenedTask } from "./check-task.ts";
import { readEvidence, readItems, readManifest, takeItems } from "./read-release.ts";
import type { TaskEvidence } from "./read-release.ts";
import type { ReleaseReader } from "./release-reader.ts";
import { failureOf, findDifference, hold, holdEqual, show } from "./report.ts";
import type {
  ChainOnlyReport,
  CheckReport,
  ClaimsReport,
  RecountProgress,
  RecountReport,
} from "./report.ts";

export interface RecountOptions {
  /** Opens the chain at the addresses the manifest names. */
  readonly openChain: (addresses: ReleaseContracts) => ChainReader;
  /** Opens the registry of lineage the manifest names; needed where it names one. */
  readonly openRegistry?: (address: Address) => RegistryReader;
  /** Tells signers faster than the protocol's own way, which runs anywhere. */
  readonly recover?: (digest: Hash, signature: Hex) => Address | undefined;
  /** Whose records count beside those of the tasks' requesters. */
  readonly owners?: readonly Address[];
  /** Record of a model that must descend from this release, with nothing missing on the way. */
  readonly model?: Hash | undefined;
  readonly onProgress?: (progress: RecountProgress) => void;
}

/** Never throws for a release that does not hold; throws where it cannot look (chain unreachable, folder unreadable). */
export async function recount(
  reader: ReleaseReader,
  options: RecountOptions,
): Promise<RecountReport> {
  const { openChain, onProgress = () => undefined } = options;
  const lineage: { report?: LineageReport } = {};
  const checks: CheckReport[] = [];
  const chainOnly = { signatures: 0, openings: 0, confirmed: 0 };
  const claims = { made: 0, recomputed: 0, paid: 0 };
  let manifest: ReleaseManifest | undefined;

  async function check<T>(
    name: string,
    total: number,
    body: (counted: (things?: number) => void) => Promise<T> | T,
  ): Promise<T> {
    let count = 0;
    let shown = 0;
    onProgress({ check: name, done: 0, total });
    try {
      const result = await body((things = 1) => {
        count += things;
        if (count - shown < 100) return;
        shown = count;
        onProgress({ check: name, done: count, total });
      });
      checks.push({ name, ok: true, count });
      onProgress({ check: name, done: count, total: count });
      return result;
    } catch (error) {
      if (!failureOf(name, error)) throw error;
      checks.push({ name, ok: false, count });
      throw error;
    }
  }

  try {
    manifest = await check("manifest", 1, () => readManifest(reader));
    await recountAll(manifest, reader, openChain(manifest.contracts), chainOnly, claims, check, {
      ...options,
      tell: (told) => (lineage.report = told),
    });
    return report(true, manifest, chainOnly, claims, lineage.report, checks);
  } catch (error) {
    const failed = checks.at(-1)?.name ?? "manifest";
    const failure = failureOf(failed, error);
    if (!failure) throw error;
    return {
      ...report(false, manifest, chainOnly, claims, lineage.report, checks),
      firstFailure: failure,
    };
  }
}

/** Ballots about which the chain is asked side by side. */
const AT_ONCE = 16;

type Check = <T>(
  name: string,
  total: number,
  body: (counted: (things?: number) => void) => Promise<T> | T,
) => Promise<T>;

type LineageOptions = Pick<RecountOptions, "openRegistry" | "recover" | "owners" | "model"> & {
  readonly tell: (report: LineageReport) => void;
};

async function recountAll(
  manifest: ReleaseManifest,
  reader: ReleaseReader,
  chainReader: ChainReader,
  chainOnly: { -readonly [part in keyof ChainOnlyReport]: number },
  claims: { -readonly [part in keyof ClaimsReport]: number },
  check: Check,
  lineageOptions: LineageOptions,
): Promise<void> {
  const asked = manifest.contracts.provenanceRegistry === undefined ? 3 : 4;
  const chain = await check("chain", asked, async (counted) => {
    const chainId = await chainReader.chainId();
    holdEqual(MANIFEST_PATH, "chain id", BigInt(manifest.chainId), chainId);
    const constants = await chainReader.constants();
    const { contracts } = manifest;
    holdEqual(MANIFEST_PATH, "stake registry", contracts.stakeRegistry, constants.stakeRegistry);
    holdEqual(MANIFEST_PATH, "token", contracts.token, constants.token);
    const registry = openRegistry(contracts.provenanceRegistry, lineageOptions);
    if (registry !== undefined) {
      holdEqual(
        MANIFEST_PATH,
        "tasks of the registry",
        contracts.feedbackTasks,
        await registry.tasks(),
      );
    }
    counted(asked);
    return {
      chainId,
      feedbackTasks: contracts.feedbackTasks,
      commons: constants.commons,
      minPool: constants.minPool,
      claimWindow: constants.claimWindow,
      registry,
    };
  });

  const evidence = await check("evidence", 0, (counted) => readEvidence(reader, manifest, counted));
  const itemCount = evidence.reduce((sum, { task }) => sum + task.terms.itemCount, 0);
  const ballotCount = evidence.reduce((sum, { ballots }) => sum + ballots.length, 0);

  const onChain = await check("tasks and terms", evidence.length, async (counted) => {
    const found = new Map<string, OpenedTask>();
    for (const { task } of evidence) {
      const known = await chainReader.task(task.taskId, task.transactions.created);
      hold(known !== undefined, `task ${task.taskId}`, "there is no such task on this chain");
      checkTerms(task, known, chain);
      found.set(task.taskId, known as OpenedTask);
      counted();
    }
    return found;
  });

  await check("content hashes and item proofs", itemCount, async (counted) => {
    for (const { task } of evidence) checkManifest(task);
    for await (const { task, item, line } of readItems(reader, evidence)) {
      checkItem(task, item, line);
      counted();
    }
  });

  const receipts = await check("output receipts", 0, (counted) => {
    const tasks = evidence.map(({ task }) => task);
    const { chainId, registry } = chain;
    return checkReceipts(tasks, { chainId, registry, recover: lineageOptions.recover }, counted);
  });

  await check("seeds and draws", evidence.length, async (counted) => {
    for (const [taskId, task] of onChain) {
      counted(await checkDraws(taskId, task, chainReader, chain));
    }
  });

  await check("admission lists", 0, async (counted) => {
    for (const { task } of evidence) {
      const draw = chainReader.drawAdmission.bind(chainReader);
      counted(await checkAdmissionLists(task, onChain.get(task.taskId)!, draw));
    }
  });

  const matched = await check("ballots", ballotCount, (counted) => {
    const found = new Map<string, MatchedBallot[]>();
    for (const { task, ballots } of evidence) {
      found.set(task.taskId, matchBallots(task.taskId, onChain.get(task.taskId)!, ballots));
      counted(ballots.length);
    }
    return found;
  });
  const each = async (
    counted: (things?: number) => void,
    body: (task: EvidenceTask, ballot: MatchedBallot, onChain: OpenedTask) => Promise<void> | void,
  ): Promise<void> => {
    for (const { task } of evidence) {
      const ballots = matched.get(task.taskId)!;
      for (let start = 0; start < ballots.length; start += AT_ONCE) {
        const group = ballots.slice(start, start + AT_ONCE);
        const bodies = group.map(async (b) => body(task, b, onChain.get(task.taskId)!));
        // Settled, not all: the first that does not hold is the first in order, not in time.
        for (const outcome of await Promise.allSettled(bodies)) {
          if (outcome.status === "rejected") throw outcome.reason;
          counted();
        }
      }
    }
  };

  const { recover = recoverSigner } = lineageOptions;
  await check("signatures and sessions", ballotCount, (counted) =>
    each(counted, async (task, ballot) => {
      checkSignature(task.taskId, ballot, chain, recover);
      await checkSession(ballot, task.terms.closesAt, chainReader);
    }),
  );

  await check("seats, admission and pools", ballotCount, (counted) =>
    each(counted, (task, ballot, known) => checkAdmission(task, known, ballot, chainReader)),
  );

  await check("commits before anything was public", ballotCount, async (counted) => {
    await each(counted, (task, ballot, known) => checkTimes(task, known, ballot));
    for (const ballots of matched.values()) checkSecrecy(ballots);
  });

  await check("openings", ballotCount, (counted) =>
    each(counted, (task, ballot) => checkOpening(task.taskId, ballot, chain)),
  );

  for (const { said } of [...matched.values()].flat()) {
    if (said.chainOnly.includes("signature")) chainOnly.signatures += 1;
    if (said.chainOnly.includes("opening")) chainOnly.openings += 1;
  }
  await check("seen on the chain only", chainOnly.signatures + chainOnly.openings, (counted) =>
    each(
      () => undefined,
      async ({ taskId }, ballot) => {
        const confirmed = await checkChainOnly(taskId, ballot, chain, chainReader);
        chainOnly.confirmed += confirmed;
        counted(ballot.said.chainOnly.length);
      },
    ),
  );

  const recounted = await check("tickets, flips and votes", 0, (counted) => {
    const found = new Map<string, RecountedTask>();
    for (const [taskId, ballots] of matched) {
      const task = recountTask(onChain.get(taskId)!, ballots);
      for (const ballot of task.ballots) counted(checkVotes(ballot));
      found.set(taskId, task);
    }
    return found;
  });

  const golds = await check("gold", 0, async (counted) => {
    const found = new Map<string, SourceGold>();
    for (const [taskId, task] of recounted) {
      const { compared, gold } = await checkGold(taskId, onChain.get(taskId)!, task, chainReader);
      if (gold) found.set(taskId, gold);
      counted(compared);
    }
    return found;
  });

  await check("scores and pay", ballotCount, (counted) => {
    for (const [taskId, task] of recounted) {
      for (const ballot of task.ballots) {
        checkPay(onChain.get(taskId)!, ballot);
        counted();
      }
    }
  });

  const books = await check(
    "refund, fees, rest and penalties [G11]",
    evidence.length,
    (counted) => {
      return new Map(
        [...recounted].map(([taskId, task]) => {
          counted(7);
          return [taskId, checkBooks(taskId, onChain.get(taskId)!, task)];
        }),
      );
    },
  );

  const claimCount = [...onChain.values()].reduce((sum, task) => sum + task.claims.length, 0);
  await check("claims against operators' bonds", claimCount, async (counted) => {
    for (const { task, ballots } of evidence) {
      const roles = new Map(ballots.map(({ validator, role }) => [validator, role]));
      const known = onChain.get(task.taskId)!;
      const found = await checkClaims(task.taskId, known, roles, chainReader, chain);
      claims.made += found.made;
      claims.recomputed += found.recomputed;
      claims.paid += found.paid;
      counted(found.made + found.paid);
    }
  });

  const parties = partiesOf(evidence, onChain);
  await check("credits", parties.length, async (counted) => {
    await checkCredits(parties, chain.commons, oldestBlock(onChain), chainReader);
    counted(parties.length);
  });

  const rowTotal = 2 * (manifest.rows.preference + manifest.rows.votes + manifest.rows.battles);
  const summary = await check("rows", rowTotal + itemCount, async (counted) => {
    const rows = await checkRows(reader, counted);
    const items = readItems(reader, evidence);
    const source: ReleaseSource = {
      chainId: chain.chainId,
      contracts: manifest.contracts,
      tasks: evidence.map(({ task }): SourceTask => {
        const known = onChain.get(task.taskId)!;
        const { ballots } = recounted.get(task.taskId)!;
        return {
          taskId: task.taskId,
          requester: known.created.requester,
          nonce: known.created.nonce,
          terms: known.created.terms,
          seed: known.opened.seed,
          human: known.opened.human,
          ai: known.opened.ai,
          books: books.get(task.taskId)!,
          transactions: {
            created: known.created.transaction,
            opened: known.opened.transaction,
          },
          gold: golds.get(task.taskId) ?? null,
          manifest: task.manifest,
          annex: task.annex,
          ballots: ballots.map((ballot) => toSourceBallot(known, ballot)),
          // Work that never reached the chain: nobody can recount it, so it is taken as declared.
          exclusions: manifest.exclusions.filter(
            ({ code, taskId }) => code === "declared" && taskId === task.taskId,
          ),
          items: () => takeItems(items, known.created.terms.itemCount),
        };
      }),
    };
    const { release, createdAt, title, licence } = manifest;
    const drawn = await drawRelease(source, { release, createdAt, title, licence }, rows);
    await rows.finish();
    return drawn;
  });

  await check("figures and root of the manifest", 1, (counted) => {
    const { files: _, ...said } = manifest;
    // Logarithms may differ in the last digit from one engine to another.
    const difference = findDifference(said, summary, 1e-9);
    hold(
      difference === undefined,
      `${MANIFEST_PATH}, ${difference?.path}`,
      `${show(difference?.said)} is said, ${show(difference?.recounted)} is recounted`,
    );
    counted();
  });

  await check("dataset card", 1, async (counted) => {
    await checkCard(reader, manifest);
    counted();
  });

  await check("sizes and sha-256", manifest.files.length, async (counted) =>
    counted(await checkFiles(reader, manifest)),
  );

  await check("lineage", 0, async (counted) => {
    const { registry } = chain;
    const { owners = [], model, tell } = lineageOptions;
    if (registry === undefined) {
      hold(model === undefined, MANIFEST_PATH, "it names no registry of lineage");
      return;
    }
    const told = { registry: registry.address, receipts };
    tell({ ...told, records: [], missing: [] });
    const requesters = new Set([...onChain.values()].map((task) => task.created.requester));
    const traced = await traceLineage(
      reader,
      manifest,
      registry,
      { since: oldestBlock(onChain), requesters, owners: new Set(owners), model },
      (found) => tell({ ...told, ...found }),
    );
    counted(traced);
  });
}

function openRegistry(
  address: Address | undefined,
  { openRegistry: open }: LineageOptions,
): RegistryReader | undefined {
  if (address === undefined) return undefined;
  if (open !== undefined) return open(address);
  throw new ScrutineerError("internal", "nothing was given to read the registry of lineage with");
}

/** Nothing made from the release, or from one of its tasks, is older. */
function oldestBlock(tasks: ReadonlyMap<string, OpenedTask>): bigint {
  const blocks = [...tasks.values()].map((task) => task.created.block);
  return blocks.reduce((first, block) => (block < first ? block : first));
}

/** Who earns something: validators, who was claimed for, requesters, operators. */
function partiesOf(
  evidence: readonly TaskEvidence[],
  onChain: ReadonlyMap<string, OpenedTask>,
): string[] {
  return [
    ...new Set(
      evidence.flatMap(({ task, ballots }) => [
        task.requester,
        task.terms.operator,
        ...ballots.map(({ validator }) => validator),
        ...onChain.get(task.taskId)!.claims.map(({ validator }) => validator),
      ]),
    ),
  ];
}

function report(
  ok: boolean,
  manifest: ReleaseManifest | undefined,
  chainOnly: ChainOnlyReport,
  claims: ClaimsReport,
  lineage: LineageReport | undefined,
  checks: readonly CheckReport[],
): RecountReport {
  return {
    ok,
    release: manifest?.release ?? "",
    chainId: manifest?.chainId ?? 0,
    contracts: manifest?.contracts,
    root: manifest?.root,
    tasks: manifest?.tasks.length ?? 0,
    chainOnly,
    claims,
    lineage,
    checks,
  };
}
