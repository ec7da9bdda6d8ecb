import { expect } from "chai";

import type { Entry } from "../../../protocol/ballot.ts";
import { admissionLeaf, buildMerkleTree } from "../../../protocol/merkle-tree.ts";
import type { Terms } from "../../../protocol/terms.ts";
import type { Hash } from "../../../protocol/words.ts";
import type { Cast, OpenTask, Person, Stage } from "../../support/stage.ts";
import {
  cast,
  createOpenTask,
  createStage,
  createTask,
  openTask,
  REFUSAL,
  termsFor,
} from "../../support/stage.ts";
import { castSaying, commitAll, effectiveEntries, revealAll, truth } from "./played-task.ts";

interface Place {
  readonly admissionIndex: number;
  readonly admissionProof: Hash[];
}

interface List {
  readonly terms: Pick<Terms, "humanAdmissionRoot" | "humanSeats">;
  readonly placeOf: (person: Person) => Place;
}

function listOf(people: readonly Person[]): List {
  const tree = buildMerkleTree(people.map(({ address }, i) => admissionLeaf(i, address)));
  return {
    terms: { humanAdmissionRoot: tree.root, humanSeats: people.length },
    placeOf: (person) => {
      const index = people.indexOf(person);
      return { admissionIndex: index, admissionProof: [...tree.proofOf(index)] };
    },
  };
}

describe("an admission list padded with the requester's own seats", () => {
  let stage: Stage;
  let own: readonly Person[];
  let honest: readonly Person[];
  let restore: () => Promise<void>;

  before(async () => {
    stage = await createStage({ humans: 20, ais: 0 });
    own = stage.humans.slice(0, 16);
    honest = stage.humans.slice(16);
  });

  beforeEach(async () => {
    restore = await stage.snapshot();
  });

  afterEach(() => restore());

  after(() => stage.close());

  // guards: contracts/libraries/Counting.sol "if or(gt(ticket, lastTicket), gt(cell, lastOpen)) { continue }"
  it("crowds nobody out, though its seats vote on every item and are revealed first", async () => {
    const list = listOf(stage.humans);
    const task = await createOpenTask(stage, { itemCount: 60, ...list.terms });
    const everything: Entry[] = Array.from({ length: 60 }, (_, itemIndex) => ({
      itemIndex,
      verdict: 0,
    }));
    const padding = own.map((person) =>
      cast(stage, task.taskId, person, everything, list.placeOf(person)),
    );
    const work = honest.map((person) =>
      castSaying(stage, task, person, truth, list.placeOf(person)),
    );
    const all = [...padding, ...work];
    expect(await commitAll(stage, task, all)).to.deep.equal(all.map(() => REFUSAL.None));
    await stage.moveTo(task.terms.commitEndsAt);
    await revealAll(stage, task, padding);
    await revealAll(stage, task, work);

    const counted = await effectiveEntries(stage, task);
    for (const [i, person] of honest.entries())
      expect(counted.get(person.address)?.length, person.address).to.equal(
        2 + 8 * Number(work[i]?.signed.judgments),
      );
    // An even share of tickets: 16 of 20 seats have about that part of the votes, and not more.
    const votesOf = (people: readonly Person[]): number =>
      people.reduce((sum, { address }) => sum + ((counted.get(address)?.length ?? 2) - 2) / 8, 0);
    expect(votesOf(own) / votesOf(stage.humans)).to.be.within(0.65, 0.95);
  });

  // guards: contracts/libraries/Funding.sol "return keccak256(abi.encode(block.chainid, address(this), requester, nonce, termsHash));"
  it("[G3] cannot take the place of the one that work was done under, even if the chain forgets that task", async () => {
    const before = listOf(honest);
    const after = listOf([...own, ...honest]);
    const terms = await termsFor(stage, { itemCount: 60, ...before.terms });
    const back = await stage.snapshot();
    const first = await openTask(stage, await createTask(stage, terms), terms);
    const work = (task: OpenTask, list: List): Cast[] =>
      honest.map((person) => castSaying(stage, task, person, truth, list.placeOf(person)));
    const done = work(first, before);
    expect(await commitAll(stage, first, done)).to.deep.equal(honest.map(() => REFUSAL.None));
    await back();

    // The same requester, nonce, operator and items, with another list.
    const changed = { ...terms, ...after.terms };
    const second = await openTask(stage, await createTask(stage, changed), changed);
    const moved = done.map((made, i) => ({
      ...made,
      signed: { ...made.signed, ...after.placeOf(honest[i] as Person) },
    }));
    expect(await commitAll(stage, second, moved)).to.deep.equal(
      honest.map(() => REFUSAL.BadSignature),
    );
    expect(await commitAll(stage, second, work(second, after))).to.deep.equal(
      honest.map(() => REFUSAL.None),
    );
  });
});
