/** A settled task without a chain: real settlement by the protocol's twin, made-up hashes elsewhere. */
import { encodeEntries } from "../../protocol/ballot.ts";
import type { Entry } from "../../protocol/ballot.ts";
import { hashItem, isEmpty, isIdentical, itemsTree } from "../../protocol/item.ts";
import { annexHash, manifestHash } from "../../protocol/manifest.ts";
import { drawOf } from "../../protocol/pool.ts";
import { settleTask } from "../../protocol/settlement.ts";
import { sha256Text } from "../../protocol/sha256.ts";
import type { Terms } from "../../protocol/terms.ts";
import { ticketsOf, toPresented } from "../../protocol/ticket.ts";
import { ZERO_HASH } from "../../protocol/words.ts";
import type { CanonicalVerdict, Role } from "../../protocol/words.ts";
import type { ReleaseSource, SourceItem, SourceTask } from "../../release/source.ts";

const MODELS = ["heron", "otter", "lynx", "wren"];

export interface MadeSize {
  readonly items: number;
  readonly humans: number;
  readonly ais: number;
}

export function madeSource({ items, humans, ais }: MadeSize): ReleaseSource {
  return {
    chainId: 31_337n,
    contracts: {
      token: madeAddress(1),
      stakeRegistry: madeAddress(2),
      feedbackTasks: madeAddress(3),
    },
    tasks: [madeTask(items, humans, ais)],
  };
}

function madeAddress(n: number): string {
  return `0x${n.toString(16).padStart(40, "0")}`;
}

function madeItem(itemIndex: number): SourceItem {
  const salt = (part: string): string => sha256Text(`${part} ${itemIndex}`);
  const answer = (content: string): SourceItem["outputA"]["messages"] => [
    { role: "assistant", content },
  ];
  const a = `Answer "A" to ${itemIndex}: 1 < 2, naïve, 漢字, \u2028 and a tab\t.`;
  const b = itemIndex === 4 ? a : itemIndex === 9 ? "" : `Answer B to ${itemIndex}.`;
  return {
    itemIndex,
    prompt: { salt: salt("p"), messages: [{ role: "user", content: `Question ${itemIndex}?` }] },
    outputA: { salt: salt("a"), messages: answer(a) },
    outputB: { salt: salt("b"), messages: answer(b) },
  };
}

function madeTask(itemCount: number, humans: number, ais: number): SourceTask {
  const items = Array.from({ length: itemCount }, (_, i) => madeItem(i));
  const hashes = items.map(hashItem);
  const annex: SourceTask["annex"] = {
    format: "scrutineer-annex/1",
    salt: ZERO_HASH,
    items: items.map(({ outputA, outputB }, i) => ({
      modelA: MODELS[i % 4]!,
      modelB: MODELS[(i + 1 + (i % 3)) % 4]!,
      category: "made",
      language: "en",
      source: "",
      identical: isIdentical(outputA.messages, outputB.messages),
      empty: isEmpty(outputA.messages, outputB.messages),
    })),
  };
  const manifest: SourceTask["manifest"] = {
    format: "scrutineer-manifest/1",
    title: "A made task",
    itemCount,
    itemsRoot: itemsTree(hashes).root,
    items: hashes,
    admission: { human: { rule: "open" }, ai: { rule: "open" } },
    guideline: { version: "1", text: "" },
    replay: false,
    identical: 1,
    empty: 1,
    annexHash: annexHash(annex),
  };
  const terms: Terms = {
    operator: madeAddress(10),
    operatorBond: 0n,
    receiptKey: madeAddress(10),
    itemsRoot: manifest.itemsRoot,
    itemCount,
    manifestHash: manifestHash(manifest),
    goldHash: ZERO_HASH,
    humanAdmissionRoot: ZERO_HASH,
    humanSeats: 0,
    aiAdmissionRoot: ZERO_HASH,
    aiSeats: 0,
    humanVotes: 5,
    aiVotes: ais > 0 ? 1 : 0,
    humanPrice: 1_000_000n,
    aiPrice: ais > 0 ? 1_000n : 0n,
    operatorFee: 10n,
    fullPayScore: 250_000,
    breakEven: 50_000,
    maxPenalty: 500_000,
    minJudgments: 10,
    conditionOnAi: false,
    oversubscription: 1_000_000,
    aiClosesAt: 1_000n,
    closesAt: 1_000n,
    commitEndsAt: 2_000n,
    revealEndsAt: 3_000n,
  };
  const seed = sha256Text("seed");
  const human = drawOf(terms, "Human", humans, 40);
  const ai = drawOf(terms, "Ai", ais, 40);

  const ballots = Array.from({ length: humans + ais }, (_, i) => {
    const role: Role = i < humans ? "Human" : "Ai";
    const validator = madeAddress(1_000 + ((i * 7919) % 1_000));
    const ticket = ticketsOf(seed, validator, (role === "Human" ? human : ai).threshold);
    const entries: Entry[] = items
      .filter(({ itemIndex }) => ticket(itemIndex).eligible || (i === 1 && itemIndex % 5 === 0))
      .map(({ itemIndex }) => {
        const noise = parseInt(sha256Text(`${i} ${itemIndex}`).slice(2, 6), 16) % 10;
        const truth: CanonicalVerdict = ([0, 1, 1, 2, 0] as const)[itemIndex % 5]!;
        const verdict = noise < 4 ? ((noise % 3) as CanonicalVerdict) : truth;
        return { itemIndex, verdict: toPresented(verdict, ticket(itemIndex).flip) };
      });
    return { validator, role, judgments: entries.length, entries: encodeEntries(entries) };
  });
  const opens = (i: number): boolean => i !== 2;
  const settlement = settleTask({
    terms,
    seed,
    human,
    ai,
    ballots: ballots.map((ballot, i) => ({
      ...ballot,
      entries: opens(i) ? ballot.entries : undefined,
    })),
  });

  return {
    taskId: sha256Text("task"),
    requester: madeAddress(11),
    nonce: 0n,
    terms,
    seed,
    human,
    ai,
    books: settlement,
    transactions: { created: sha256Text("created"), opened: sha256Text("opened") },
    gold: null,
    manifest,
    annex,
    exclusions: [{ validator: madeAddress(12), reason: "The session had expired." }],
    ballots: ballots.map(({ validator, role, judgments, entries }, i) => {
      const outcome = settlement.ballots[i]!;
      return {
        validator,
        role,
        version: judgments,
        judgments,
        commitment: sha256Text(`commitment ${i}`),
        digest: sha256Text(`digest ${i}`),
        signature: `0x${"00".repeat(65)}`,
        signer: validator,
        admissionIndex: 0,
        outcome: outcome.outcome,
        opening: opens(i) ? { entries, salt: sha256Text(`salt ${i}`), notesHash: ZERO_HASH } : null,
        effectiveEntries: outcome.entries,
        scorePpm: outcome.scorePpm,
        scored: outcome.scored,
        multiplePpm: outcome.multiplePpm,
        payUnits: outcome.payUnits,
        lossUnits: outcome.lossUnits,
        goldRight: outcome.goldRight,
        goldWrong: outcome.goldWrong,
        goldFailed: outcome.goldFailed,
        transactions: {
          commit: sha256Text("commit"),
          reveal: opens(i) ? sha256Text("reveal") : "",
          settle: sha256Text(`settle ${i % 2}`),
        },
      };
    }),
    *items() {
      yield* items;
    },
  };
}
