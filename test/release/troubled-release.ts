/** A release of the task in which golds were missed and ballots left out, drawn from a stage's chain. */
import type { Provider } from "ethers";
import { hashItem, itemsTree } from "../../protocol/item.ts";
import type { ItemContent } from "../../protocol/item.ts";
import { annexHash, manifestHash } from "../../protocol/manifest.ts";
import type { Annex, Manifest } from "../../protocol/manifest.ts";
import { sha256Text } from "../../protocol/sha256.ts";
import { fromCompact } from "../../protocol/signature.ts";
import { ballotDigest } from "../../protocol/typed-data.ts";
import { goldResultsOf } from "../../release/gold-results.ts";
import { readChain } from "../../release/recount/chain-reader.ts";
import type { ReleaseSource, SourceBallot } from "../../release/source.ts";
import type { Stage } from "../support/stage.ts";
import { ITEM_COUNT, liveThroughTrouble, type TroubledTask } from "../support/troubled-task.ts";

export interface TroubledRelease {
  readonly task: TroubledTask;
  readonly provider: Provider;
  readonly source: ReleaseSource;
}

export async function drawTroubledRelease(stage: Stage): Promise<TroubledRelease> {
  const { items, annex, manifest } = makeContent();
  const task = await liveThroughTrouble(stage, {
    itemsRoot: manifest.itemsRoot,
    manifestHash: manifestHash(manifest),
  });
  const provider = stage.connection.ethers.provider as unknown as Provider;
  const contracts = {
    token: (await stage.token.getAddress()).toLowerCase(),
    stakeRegistry: stage.registryDomain.verifyingContract,
    feedbackTasks: stage.tasksDomain.verifyingContract,
  };
  const { taskId, terms, seed, human, ai } = task;
  const known = await readChain(provider, contracts).task(taskId);
  if (!known?.opened || !known.booksClosed || !known.taskSettled || !known.gold) {
    throw new Error("the task is not settled, or has no gold");
  }
  const { created, opened, booksClosed, taskSettled, gold, goldJudged } = known;
  const effective = task.ballots.map(({ role, person }) => ({
    role,
    effectiveEntries:
      known.revealed.find(({ validator }) => validator === person.address)?.entries ?? "0x",
  }));
  const answers = goldResultsOf(gold.golds, terms.itemCount, effective);

  const ballots = task.ballots.map(({ person, role, made, opened: isOpened }, i): SourceBallot => {
    const { signed, opening } = made;
    const own = <Event extends { readonly validator: string }>(
      events: readonly Event[],
    ): Event | undefined => events.find(({ validator }) => validator === person.address);
    const settled = own(known.settled);
    const forfeited = own(known.forfeited);
    const ballot = {
      taskId,
      validator: person.address,
      version: Number(signed.version),
      judgments: Number(signed.judgments),
      commitment: String(signed.commitment),
    };
    return {
      ...ballot,
      role,
      digest: ballotDigest(stage.tasksDomain, ballot),
      signature: fromCompact({ r: String(signed.r), vs: String(signed.vs) }),
      signer: person.address,
      admissionIndex: 0,
      outcome: isOpened ? "scored" : "forfeited",
      opening: isOpened
        ? {
            entries: String(opening.entries),
            salt: String(opening.salt),
            notesHash: String(opening.notesHash),
          }
        : null,
      effectiveEntries: effective[i]?.effectiveEntries ?? "0x",
      scorePpm: settled?.scorePpm ?? 0,
      scored: settled?.scored ?? 0,
      multiplePpm: settled?.multiplePpm ?? 0,
      payUnits: settled?.payUnits ?? 0n,
      lossUnits: settled?.lossUnits ?? forfeited?.lossUnits ?? 0n,
      goldRight: answers[i]?.right ?? 0,
      goldWrong: answers[i]?.wrong ?? 0,
      goldFailed: answers[i]?.failed ?? false,
      transactions: {
        commit: own(known.committed)?.transaction ?? "",
        reveal: own(known.revealed)?.transaction ?? "",
        settle: (settled ?? forfeited)?.transaction ?? "",
      },
    };
  });

  return {
    task,
    provider,
    source: {
      chainId: stage.chainId,
      contracts,
      tasks: [
        {
          taskId,
          requester: created.requester,
          nonce: created.nonce,
          ...{ terms, seed, human, ai, manifest, annex, ballots },
          books: {
            escrowUnits: created.escrowUnits,
            refundUnits: booksClosed.refundUnits,
            feeUnits: booksClosed.feeUnits,
            paidUnits: taskSettled.paidUnits,
            restUnits: taskSettled.restUnits,
            penaltyUnits: taskSettled.penaltyUnits,
          },
          transactions: { created: created.transaction, opened: opened.transaction },
          gold: {
            golds: gold.golds,
            valid: goldJudged?.valid ?? 0,
            void: goldJudged?.void ?? 0,
            gate: goldJudged?.gate ?? false,
          },
          items: () => items.map((item, itemIndex) => ({ itemIndex, ...item })),
        },
      ],
    },
  };
}

function makeContent(): { items: ItemContent[]; annex: Annex; manifest: Manifest } {
  const content = (part: string, i: number, role: string): ItemContent["prompt"] => ({
    salt: sha256Text(`${part} ${i}`),
    messages: [{ role, content: `${part} ${i}` }],
  });
  const items = Array.from({ length: ITEM_COUNT }, (_, i) => ({
    prompt: content("Question", i, "user"),
    outputA: content("One answer to", i, "assistant"),
    outputB: content("Another answer to", i, "assistant"),
  }));
  const annex: Annex = {
    format: "scrutineer-annex/1",
    salt: sha256Text("annex"),
    items: items.map((_, i) => ({
      modelA: i % 2 === 0 ? "heron" : "otter",
      modelB: i % 2 === 0 ? "otter" : "heron",
      category: "made",
      language: "en",
      source: "",
      identical: false,
      empty: false,
    })),
  };
  const hashes = items.map(hashItem);
  const manifest: Manifest = {
    format: "scrutineer-manifest/1",
    title: "A task with gold",
    itemCount: ITEM_COUNT,
    itemsRoot: itemsTree(hashes).root,
    items: hashes,
    admission: { human: { rule: "open" }, ai: { rule: "open" } },
    guideline: { version: "1", text: "Choose the better answer." },
    replay: false,
    identical: 0,
    empty: 0,
    annexHash: annexHash(annex),
  };
  return { items, annex, manifest };
}
