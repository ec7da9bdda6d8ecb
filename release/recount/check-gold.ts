/**
 * Gold: opened in time and as bound, held against people's votes as they were counted, and nobody failed or passed
 * wrongly. What a failed gate does to pay is part of the settlement itself.
 */
import { IFeedbackTasks__factory } from "../../bindings/index.ts";
import { goldHashOf } from "../../protocol/gold.ts";
import type { GoldJudgment } from "../../protocol/gold-gate.ts";
import { goldIntervalOf } from "../../protocol/task-state.ts";
import { ZERO_HASH } from "../../protocol/words.ts";
import type { Hash, Hex } from "../../protocol/words.ts";
import type { SourceGold } from "../source.ts";
import type { ChainReader } from "./chain-reader.ts";
import type { RecountedTask } from "./check-settlement.ts";
import type { OpenedTask } from "./check-task.ts";
import { byPlace } from "./check-ballots.ts";
import { doesNotHold, hold, holdEqual } from "./report.ts";

const OPEN_GOLD = IFeedbackTasks__factory.createInterface().getFunction("openGold").selector;

/** Returns how many golds and answers to them were compared, and the golds as a release shows them. */
export async function checkGold(
  taskId: string,
  onChain: OpenedTask,
  { ballots, settlement }: RecountedTask,
  reader: Pick<ChainReader, "directCalldata">,
): Promise<{ readonly compared: number; readonly gold: SourceGold | undefined }> {
  const where = `task ${taskId}`;
  const { gold, goldJudged, gateFailed } = onChain;
  if (!gold) {
    hold(goldJudged === undefined, where, "golds were judged that were never opened");
    hold(gateFailed.length === 0, where, "a gate was failed, but no gold was ever opened");
    return { compared: 0, gold: undefined };
  }
  await checkOpened(taskId, onChain, gold, reader);
  const judgment = settlement.gold;
  if (!judgment) throw doesNotHold(where, "golds were opened and not recounted");
  checkJudged(where, onChain, judgment);
  for (const { commit, outcome, where: at } of ballots) {
    const failed = gateFailed.find(({ validator }) => validator === commit.validator);
    holdEqual(at, "failed the gold gate", failed !== undefined, outcome.goldFailed);
    if (!failed) continue;
    holdEqual(at, "golds answered rightly", failed.right, outcome.goldRight);
    holdEqual(at, "golds answered wrongly", failed.wrong, outcome.goldWrong);
    hold(outcome.payUnits === 0n, at, "failed the gold gate and was paid");
  }
  const strays = gateFailed.filter(
    ({ validator }) => !ballots.some(({ commit }) => commit.validator === validator),
  );
  hold(strays.length === 0, where, `${strays[0]?.validator ?? ""} failed a gate without a ballot`);
  return {
    compared: judgment.valid.length + judgment.void.length + ballots.length,
    gold: {
      golds: gold.golds,
      valid: judgment.valid.length,
      void: judgment.void.length,
      gate: judgment.gate,
    },
  };
}

/**
 * Bound before any label. The salt is in the call alone: where this node keeps transactions and this one was sent to the
 * contract itself, its golds must hash to what the terms bind; elsewhere the contract's word for it stands.
 */
async function checkOpened(
  taskId: string,
  { created: { terms } }: OpenedTask,
  gold: NonNullable<OpenedTask["gold"]>,
  reader: Pick<ChainReader, "directCalldata">,
): Promise<void> {
  const where = `task ${taskId}`;
  hold(terms.goldHash !== ZERO_HASH, where, "golds were opened, but the terms bind none");
  const { from, until } = goldIntervalOf(terms);
  hold(
    gold.time >= from && gold.time < until,
    where,
    `golds were opened at ${gold.time}, which is not within ${from} to ${until}`,
  );
  const calldata = await reader.directCalldata(gold.transaction);
  const salt = calldata && saltOf(calldata, taskId);
  if (salt) holdEqual(where, "gold hash", terms.goldHash, goldHashOf(salt, gold.golds));
}

/** openGold(bytes32 taskId,bytes32 salt,bytes golds): the word after the task. */
function saltOf(calldata: Hex, taskId: Hash): Hash | undefined {
  const head = `${OPEN_GOLD}${taskId.slice(2)}`;
  const salt = calldata.toLowerCase().slice(head.length, head.length + 64);
  return calldata.toLowerCase().startsWith(head) && salt.length === 64 ? `0x${salt}` : undefined;
}

function checkJudged(where: string, onChain: OpenedTask, judgment: GoldJudgment): void {
  const { goldJudged, settled, created } = onChain;
  if (!goldJudged) throw doesNotHold(where, "golds were opened, but never held against the votes");
  hold(goldJudged.time >= created.terms.revealEndsAt, where, "golds were judged too early");
  const first = [...settled].sort(byPlace)[0];
  hold(
    first === undefined || byPlace(goldJudged, first) < 0,
    where,
    "a ballot was settled before the golds were judged",
  );
  holdEqual(where, "valid golds", goldJudged.valid, judgment.valid.length);
  holdEqual(where, "void golds", goldJudged.void, judgment.void.length);
  holdEqual(where, "gold gate", goldJudged.gate, judgment.gate);
}
