/**
 * A task in which what can go wrong by people's doing does: golds that are contradicted and a gate that is failed, and an
 * operator that leaves out what it gave receipts for, in each of the ways there are. On a stage, to its last unit paid.
 */
import { id } from "ethers";
import { encodeEntries } from "../../protocol/ballot.ts";
import { encodeGolds, goldHashOf, type Gold } from "../../protocol/gold.ts";
import { toCompact } from "../../protocol/signature.ts";
import type { Terms } from "../../protocol/terms.ts";
import { ticketsOf, toPresented } from "../../protocol/ticket.ts";
import { openingReceiptDigest } from "../../protocol/typed-data.ts";
import type { Address, CanonicalVerdict, Hash, Hex, Role } from "../../protocol/words.ts";
import {
  cast,
  createOpenTask,
  type Cast,
  type OpenTask,
  type Person,
  type Stage,
} from "./stage.ts";

/** Humans and AIs that the stage must have. */
export const CAST = { humans: 7, ais: 1 } as const;
export const ITEM_COUNT = 70;

const ANSWERS = [0, 1, 0, 1, 2, 1] as const;
/** People say 0 of the last one: its gold is void, one of ten, so that the gate stands. */
const GOLD_ITEMS = [0, 1, 3, 6, 7, 9, 12, 13, 15, 18];
export const CONTRADICTED = 18;
export const GOLDS: readonly Gold[] = GOLD_ITEMS.map((itemIndex) => ({
  itemIndex,
  answer: itemIndex === CONTRADICTED ? 1 : (ANSWERS[itemIndex % 6] as 0 | 1),
}));
export const PACKED_GOLDS = encodeGolds(GOLDS, ITEM_COUNT);
const GOLD_SALT = id("salt of golds");

export interface TroubledBallot {
  readonly person: Person;
  readonly role: Role;
  /** As committed. */
  readonly made: Cast;
  readonly opened: boolean;
}

export interface TroubledTask extends OpenTask {
  /** With a record on chain, in the order in which they were opened; the one never opened last. */
  readonly ballots: readonly TroubledBallot[];
  /** Judged well but for the golds. */
  readonly failed: Address;
  /** Claimed for: never committed, never opened, an older version opened instead. */
  readonly omitted: Address;
  readonly unopened: Address;
  readonly dodged: Address;
}

export async function liveThroughTrouble(
  stage: Stage,
  changes: Partial<Terms> = {},
): Promise<TroubledTask> {
  const { tasks } = stage;
  const sender = tasks.connect(stage.stranger.signer);
  const task = await createOpenTask(stage, {
    itemCount: ITEM_COUNT,
    goldHash: goldHashOf(GOLD_SALT, PACKED_GOLDS),
    humanVotes: CAST.humans,
    aiVotes: CAST.ais,
    aiPrice: 10n ** 16n,
    minJudgments: 20,
    ...changes,
  });
  const { taskId, terms } = task;

  const [first, second, third, failing, omitted, unopened, dodged] = stage.humans as Person[] & {
    length: 7;
  };
  const ai = stage.ais[0] as Person;
  const judged = (person: Person, count = ITEM_COUNT, version = 1): Cast =>
    cast(
      stage,
      taskId,
      person,
      verdictsOf(task, person, person === ai ? "Ai" : "Human", person === failing).slice(
        0,
        2 + 8 * count,
      ),
      { version },
    );
  const seats = [first, second, third, failing, ai] as Person[];
  const committed = [
    ...seats.map((person) => judged(person)),
    judged(dodged as Person, 10),
    judged(unopened as Person),
  ];
  const newer = [
    judged(omitted as Person),
    judged(unopened as Person),
    judged(dodged as Person, ITEM_COUNT, 2),
  ];
  await sender.commit(
    taskId,
    committed.map(({ signed }) => signed),
  );

  await stage.moveTo(terms.commitEndsAt);
  await sender.openGold(taskId, GOLD_SALT, PACKED_GOLDS);
  await sender.reveal(
    taskId,
    committed.slice(0, -1).map(({ opening }) => opening),
  );

  await stage.moveTo(terms.revealEndsAt);
  await sender.judgeGold(taskId, PACKED_GOLDS);
  const revealed = new Map(
    (await tasks.queryFilter(tasks.filters.BallotRevealed(taskId))).map((event) => [
      event.args.validator.toLowerCase(),
      event.args[2],
    ]),
  );
  const recordedOf = ({ signed }: Cast): Hex => revealed.get(signed.validator) ?? "0x";
  // In two goes, as a settlement of many is.
  for (const chunk of [committed.slice(0, 4), committed.slice(4)]) {
    await sender.settle(
      taskId,
      chunk.map(({ signed }) => signed.validator),
      chunk.map(recordedOf),
    );
  }

  await claimAll(stage, taskId, newer, recordedOf);
  await stage.moveTo(terms.revealEndsAt + stage.constants.claimWindow);
  await sender.releaseBond(taskId);
  for (const { signed } of [...newer].reverse()) await sender.payClaim(taskId, signed.validator);
  await sender.withdrawFor((omitted as Person).address);
  await sender.withdrawFor((first as Person).address);
  await stage.registry.connect(stage.stranger.signer).payCommons();

  const people = [...stage.humans, ...stage.ais];
  return {
    ...task,
    ballots: committed.map((made) => ({
      person: people.find(({ address }) => address === made.signed.validator) as Person,
      role: made.signed.validator === ai.address ? "Ai" : "Human",
      made,
      opened: made.signed.validator !== unopened?.address,
    })),
    failed: (failing as Person).address,
    omitted: (omitted as Person).address,
    unopened: (unopened as Person).address,
    dodged: (dodged as Person).address,
  };
}

/** Straight to the contract, through one that passes the call on, and through one that had kept it. */
async function claimAll(
  stage: Stage,
  taskId: Hash,
  claims: readonly Cast[],
  recordedOf: (made: Cast) => Hex,
): Promise<void> {
  const relay = await stage.connection.ethers.deployContract("Relay", stage.stranger.signer);
  const to = stage.tasksDomain.verifyingContract;
  const [direct, forwarded, kept] = claims.map((made) => {
    const { signed } = made;
    const digest = openingReceiptDigest(stage.tasksDomain, {
      taskId,
      validator: signed.validator,
      version: Number(signed.version),
      judgments: Number(signed.judgments),
      commitment: String(signed.commitment),
    });
    const { r, vs } = toCompact(stage.operator.key.sign(digest).serialized);
    return stage.tasks.interface.encodeFunctionData("claimOmission", [
      ...([taskId, signed, r, vs, made.opening, recordedOf(made)] as const),
    ]);
  });
  await stage.stranger.signer.sendTransaction({ to, data: direct ?? "0x" });
  await relay.forward(to, forwarded ?? "0x");
  await relay.keep(kept ?? "0x");
  await relay.sendKept(to);
}

/** Everybody mostly sees what is there; who is to fail sees every gold the other way round. */
function verdictsOf(task: OpenTask, person: Person, role: Role, failing: boolean): Hex {
  const { threshold } = role === "Human" ? task.human : task.ai;
  const ticket = ticketsOf(task.seed, person.address, threshold);
  return encodeEntries(
    Array.from({ length: ITEM_COUNT }, (_, itemIndex) => {
      const gold = GOLDS.find((one) => one.itemIndex === itemIndex);
      const seen = ANSWERS[itemIndex % 6] as CanonicalVerdict;
      const noise = Number(BigInt(id(`${person.address} ${itemIndex}`)) % 10n);
      const canonical =
        gold === undefined
          ? noise < 3
            ? (noise as CanonicalVerdict)
            : seen
          : failing && itemIndex !== CONTRADICTED
            ? ((1 - gold.answer) as CanonicalVerdict)
            : seen;
      return { itemIndex, verdict: toPresented(canonical, ticket(itemIndex).flip) };
    }),
  );
}
