import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { expect } from "chai";
import type { TaskJson } from "../../api/schemas/tasks.ts";
import type { FeedbackTasks } from "../../bindings/index.ts";
import { FeedbackTasks__factory, IStakeRegistry__factory } from "../../bindings/index.ts";
import { waitForTask } from "../../cli/replay/live-through.ts";
import { createValidatorClient } from "../../cli/validator-client.ts";
import { openBallotFolder } from "../../cli/validator/ballot-folder.ts";
import type { Deed } from "../../cli/validator/look-after.ts";
import { openingOf } from "../../cli/validator/ballot-folder.ts";
import { readChainTime } from "../../cli/validator/own-task.ts";
import { lookAtAll } from "../../cli/validator/watch-ballots.ts";
import type { CopySlot } from "../../protocol/opening-copy.ts";
import { findUncommitted } from "../../web/ballots/find-uncommitted.ts";
import { carryOut, findDue, type DutyChain, type OwnBallot } from "../../web/ballots/look-after.ts";
import { readCoverUnits } from "../../web/chain/contracts.ts";
import { lockUnits, type Terms } from "../../protocol/terms.ts";
import { recoverSigner } from "../../protocol/signature.ts";
import { ticketsOf, toPresented } from "../../protocol/ticket.ts";
import { ballotDigest, signingDomain } from "../../protocol/typed-data.ts";
import type { CanonicalVerdict, Hash } from "../../protocol/words.ts";
import {
  createLiveTask,
  startLiveChain,
  TOKEN,
  walletOf,
  type LiveChain,
} from "../support/live-task.ts";
import { startLiveService, type LiveService } from "../support/live-service.ts";
import { scrutineerJson, startScrutineer } from "../support/scrutineer.ts";

type RecordOnChain = Awaited<ReturnType<FeedbackTasks["recordOf"]>>;

const PEOPLE = 4;
const ITEMS = 6;

/** People agree on all items but one each. */
const verdictOf = (person: number, itemIndex: number): CanonicalVerdict =>
  ((itemIndex + (itemIndex === person ? 1 : 0)) % 2) as CanonicalVerdict;

describe("[G7] [G14] An operator that is killed after it has collected the ballots", function () {
  this.timeout(120_000);
  let live: LiveChain;
  let service: LiveService;
  let tasks: FeedbackTasks;
  let folder: string;
  let served: { taskId: Hash; terms: Terms };
  let left: { taskId: Hash; terms: Terms };
  let neglected: { taskId: Hash; terms: Terms };
  /** Judged by one person, under a session that is revoked before its ballot is on chain. */
  let disowned: { taskId: Hash; terms: Terms };

  const folderOf = (person: number): string => join(folder, String(person));
  const personOf = (person: number): string => live.humans[person]?.address.toLowerCase() ?? "";

  before(async () => {
    live = await startLiveChain(PEOPLE);
    service = await startLiveService(live);
    folder = await mkdtemp(join(tmpdir(), "scrutineer-watch-"));
    tasks = FeedbackTasks__factory.connect(
      live.deployment.contracts.feedbackTasks,
      walletOf("requester").connect(live.provider),
    );
    const now = await live.now();
    served = await createLiveTask(live);
    left = await createLiveTask(live, {
      ...{ aiClosesAt: now + 2_000n, closesAt: now + 2_000n },
      ...{ commitEndsAt: now + 2_200n, revealEndsAt: now + 2_600n },
    });
    neglected = await createLiveTask(live, {
      ...{ aiClosesAt: now + 3_000n, closesAt: now + 3_000n },
      ...{ commitEndsAt: now + 3_200n, revealEndsAt: now + 3_400n },
    });
    disowned = await createLiveTask(live, {
      ...{ aiClosesAt: now + 2_700n, closesAt: now + 2_700n },
      ...{ commitEndsAt: now + 2_900n, revealEndsAt: now + 3_100n },
    });
    await live.mine(3);
    await Promise.all([served, left, neglected].map(({ taskId }) => collect(taskId)));
    const open = ({ state }: TaskJson): boolean => state === "Open";
    await judge(await waitForTask(service.api, disowned.taskId, open), PEOPLE - 1);
    await loseMachine(2);
    await liveThroughServed();
    await service.end();
  });
  after(async () => {
    await service?.end();
    await live?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  async function collect(taskId: Hash): Promise<void> {
    const task = await waitForTask(service.api, taskId, ({ state }) => state === "Open");
    await Promise.all(live.humans.map((_, person) => judge(task, person)));
  }

  async function judge(task: TaskJson, person: number): Promise<void> {
    // Half-way the second one's program is started anew: it goes on from what it kept.
    const starts = person === 1 ? [0, ITEMS / 2, ITEMS] : [0, ITEMS];
    for (const [at, end] of starts.slice(1).entries())
      await judgeSome(task, person, starts[at] ?? 0, end);
  }

  async function judgeSome(
    task: TaskJson,
    person: number,
    from: number,
    until: number,
  ): Promise<void> {
    const client = createValidatorClient(
      service.config,
      [service.api],
      live.humans[person]?.privateKey as Hash,
      { folder: openBallotFolder(folderOf(person)) },
    );
    // The last signs with its wallet but once, the others by session keys.
    const isByWallet = person === PEOPLE - 1 && task.taskId !== disowned.taskId;
    if (!isByWallet) await client.openSession(Number(neglected.terms.revealEndsAt));
    const ticket = ticketsOf(task.seed as Hash, client.address, BigInt(task.human?.threshold ?? 0));
    const ballot = client.ballotIn(task.taskId, task.terms.receiptKey);
    for (let itemIndex = from; itemIndex < until; itemIndex++) {
      await ballot.judge(
        itemIndex,
        toPresented(verdictOf(person, itemIndex), ticket(itemIndex).flip),
      );
    }
    expect(ballot.version()).to.equal(until);
    await ballot.copy();
  }

  async function writeKey(person: number): Promise<string> {
    const file = join(folder, `human ${person}.key`);
    await writeFile(file, `${live.humans[person]?.privateKey}\n`);
    return file;
  }

  /** All that is left is the wallet; the service still has the copies, and can read none of them. */
  async function loseMachine(person: number): Promise<void> {
    await rm(folderOf(person), { recursive: true });
    const { status, json, stderr } = await scrutineerJson<{ restored: { versions: number }[] }>(
      ...["validator", "restore", "--key", await writeKey(person), "--data", folderOf(person)],
      ...["--api", service.api.url],
    );
    expect(status, stderr).to.equal(0);
    expect(json.restored.map(({ versions }) => versions)).to.deep.equal([ITEMS, ITEMS, ITEMS]);
  }

  async function liveThroughServed(): Promise<void> {
    const { taskId, terms } = served;
    const reached = (at: bigint, holds: (now: TaskJson) => boolean): Promise<TaskJson> =>
      live.moveTo(at).then(() => waitForTask(service.api, taskId, holds));
    await reached(terms.closesAt, ({ progress }) => progress.ballotsCommitted === PEOPLE);
    await reached(terms.commitEndsAt, ({ progress }) => progress.ballotsRevealed === PEOPLE);
    await reached(terms.revealEndsAt, ({ state }) => state === "Settled");
  }

  async function lookAs(person: number, { taskId } = left): Promise<Deed[]> {
    const deeds: Deed[] = [];
    const options = {
      provider: live.provider,
      folder: openBallotFolder(folderOf(person)),
      wallet: walletOf(`human ${person}`).connect(live.provider),
      taskId,
    };
    await lookAtAll(options, new Map(), {
      onDeed: (deed) => void deeds.push(deed),
      onMishap: (_slot, error) => {
        throw error;
      },
    });
    return deeds;
  }

  const pageChain = (): DutyChain => {
    const { chainId, contracts } = live.deployment;
    return { config: { chainId, contracts }, provider: live.provider };
  };
  const slotOf = (person: number, { taskId }: { taskId: Hash }): CopySlot => {
    const { chainId, contracts } = live.deployment;
    return { chainId, tasks: contracts.feedbackTasks, taskId, validator: personOf(person) };
  };

  const coverOf = (person: number, { taskId, terms }: typeof left): Promise<bigint> =>
    readCoverUnits(pageChain().config, live.provider, taskId, personOf(person), {
      ...{ terms, role: "Human" },
    });

  /** As the page does it, from what it would keep in its journal. */
  async function lookAsPage(
    person: number,
    task = left,
  ): Promise<Pick<Deed, "kind" | "outcome">[]> {
    const chain = pageChain();
    const own = pageBallot(person, slotOf(person, task));
    const due = await findDue(chain, own, await readChainTime(live.provider));
    if (due?.isOurTurn !== true) return [];
    const signer = walletOf(`human ${person}`).connect(live.provider);
    const transaction = await carryOut(chain, due, signer);
    return [{ kind: due.duty.kind, outcome: transaction === undefined ? "impossible" : "done" }];
  }

  function pageBallot(person: number, slot: CopySlot): OwnBallot {
    const version = async (wanted: number): ReturnType<OwnBallot["version"]> => {
      const kept = await openBallotFolder(folderOf(person)).read(slot);
      const found = kept?.versions.find((one) => one.version === wanted);
      const opening = kept && openingOf(kept, wanted);
      if (found === undefined || opening === undefined) return undefined;
      return { ...found, opening };
    };
    return {
      slot,
      version,
      newest: () => version(ITEMS),
      admission: () => Promise.resolve({ admissionIndex: 0, admissionProof: [] }),
    };
  }

  /** Machines that know nothing of each other: two of programs, and one of a person who has the page open. */
  async function othersLook(): Promise<(string | undefined)[]> {
    const looks = await Promise.all([lookAs(1), lookAs(2), lookAsPage(3)]);
    return looks.flatMap((deeds) =>
      deeds.map(({ kind, outcome }) => (outcome === "done" ? kind : `${kind}: ${outcome}`)),
    );
  }

  async function recordOf(
    person: number,
    holds: (record: RecordOnChain) => boolean,
  ): Promise<void> {
    for (let tries = 0; tries < 300; tries++) {
      if (holds(await tasks.recordOf(left.taskId, personOf(person)))) return;
      await wait(100);
    }
    throw new Error("the watch did nothing");
  }

  it("costs no honest validator its lock or its pay: their clients commit and open, and anyone settles", async () => {
    const { taskId, terms } = left;
    expect((await tasks.factsOf(taskId)).ballotsCommitted).to.equal(0n);

    await live.moveTo(terms.closesAt);
    expect(await lookAsPage(3), "the operator has a head start").to.deep.equal([]);
    // The first is a process that watches until it is told to end.
    const watch = await startScrutineer<{ watched: number }>(
      ...["validator", "watch", "--rpc", live.chain.rpcUrl, "--interval", "1"],
      ...["--key", await writeKey(0), "--data", folderOf(0)],
    );
    expect(watch.ready.watched).to.equal(3);
    await live.moveTo(terms.closesAt + 30n);
    expect(await othersLook()).to.deep.equal(["commit", "commit", "commit"]);
    await recordOf(0, ({ version }) => version === BigInt(ITEMS));
    expect((await tasks.factsOf(taskId)).ballotsCommitted).to.equal(BigInt(PEOPLE));
    // Not yet: this is the operator's time.
    await live.moveTo(terms.commitEndsAt);
    expect(await lookAs(1)).to.deep.equal([]);
    await live.moveTo(terms.revealEndsAt - 90n);
    expect(await othersLook()).to.deep.equal(["open", "open", "open"]);
    await recordOf(0, ({ opened }) => opened);
    expect(await watch.stop()).to.equal(0);
    expect([...(await lookAs(1)), ...(await lookAsPage(3))]).to.deep.equal([]);

    await live.moveTo(terms.revealEndsAt);
    expect(await lookAs(1), "nothing was left out").to.deep.equal([]);
    const revealed = await tasks.queryFilter(tasks.filters.BallotRevealed(taskId));
    await (
      await tasks.settle(
        taskId,
        revealed.map(({ args }) => args.validator),
        revealed.map(({ args }) => args[2]),
      )
    ).wait();

    expect(await payOf(taskId)).to.deep.equal(await payOf(served.taskId));
    expect((await tasks.queryFilter(tasks.filters.BallotForfeited())).length).to.equal(0);
    const registry = IStakeRegistry__factory.connect(
      live.deployment.contracts.stakeRegistry,
      live.provider,
    );
    for (let person = 0; person < PEOPLE; person++) {
      const { lockedUnits, stakedUnits } = await registry.accountOf(personOf(person));
      expect(lockedUnits).to.equal(0n);
      expect(stakedUnits).to.equal(1_000n * TOKEN);
    }
  });

  it("costs nobody the pay of what a session signed that was revoked since: the wallet signs it anew", async () => {
    const { taskId, terms } = disowned;
    const person = PEOPLE - 1;
    const own = pageBallot(person, slotOf(person, disowned));
    const version = await own.version(ITEMS);
    if (version === undefined) throw new Error("nothing was kept");
    const { chainId, contracts } = live.deployment;
    const digest = ballotDigest(signingDomain(chainId, contracts.feedbackTasks), version.ballot);
    const key = recoverSigner(digest, version.signature) ?? "";
    expect(key).to.not.equal(personOf(person));
    // What the page names before it lets a session be revoked.
    expect(await findUncommitted(pageChain(), [own], await live.now())).to.deep.equal([
      { taskId, version: ITEMS, judgments: ITEMS },
    ]);
    const wallet = walletOf(`human ${person}`).connect(live.provider);
    const registry = IStakeRegistry__factory.connect(contracts.stakeRegistry, wallet);
    await (await registry.revokeSession(key)).wait();

    await live.moveTo(terms.closesAt + 30n);
    const before = await Promise.all([coverOf(person, disowned), coverOf(person, neglected)]);
    expect(await lookAsPage(person, disowned)).to.deep.equal([{ kind: "commit", outcome: "done" }]);
    // What a ballot holds covers that ballot, and no other task's.
    const locked = lockUnits(terms, "Human", ITEMS);
    const after = await Promise.all([coverOf(person, disowned), coverOf(person, neglected)]);
    expect(after).to.deep.equal([before[0], before[1] - locked]);
    const committed = await tasks.queryFilter(tasks.filters.BallotCommitted(taskId));
    expect(committed.map(({ args }) => args.signer.toLowerCase())).to.deep.equal([
      personOf(person),
    ]);
    expect(await findUncommitted(pageChain(), [own], await live.now())).to.deep.equal([]);
    expect(await lookAsPage(person, disowned), "once").to.deep.equal([]);
  });

  it("answers with its bond where nobody's client ran either", async () => {
    const { taskId, terms } = neglected;
    await live.moveTo(terms.revealEndsAt);
    const { status, json, stderr } = await scrutineerJson<{ deeds: Deed[] }>(
      ...["validator", "claim", taskId, "--rpc", live.chain.rpcUrl],
      ...["--key", await writeKey(0), "--data", folderOf(0)],
    );
    expect(status, stderr).to.equal(0);
    expect(json.deeds.map(({ kind, units }) => [kind, String(units)])).to.deep.equal([
      ["claim", (BigInt(ITEMS) * TOKEN).toString()],
    ]);
    // One has the page open.
    expect(await lookAsPage(PEOPLE - 1, neglected)).to.deep.equal([
      { kind: "claim", outcome: "done" },
    ]);
    expect(await lookAsPage(PEOPLE - 1, neglected), "once").to.deep.equal([]);
    expect(await lookAs(PEOPLE - 1, neglected), "by any of its programs").to.deep.equal([]);
    for (let person = 1; person < PEOPLE - 1; person++) {
      const [claimed] = await lookAs(person, neglected);
      expect(claimed).to.include({ kind: "claim", outcome: "done" });
      expect(claimed?.units).to.equal(BigInt(ITEMS) * TOKEN);
      expect(await lookAs(person, neglected), "once").to.deep.equal([]);
    }
    await live.moveTo(terms.revealEndsAt + live.deployment.constants.claimWindow);
    for (let person = 0; person < PEOPLE; person++) {
      const [collected] = await lookAs(person, neglected);
      expect(collected).to.include({ kind: "collect", outcome: "done" });
      expect(collected?.units).to.equal(terms.operatorBond / BigInt(PEOPLE));
      expect(await lookAs(person, neglected), "once").to.deep.equal([]);
    }
    expect((await tasks.factsOf(taskId)).bondReleased).to.equal(true);
    // Paid by whoever has gas, to whom it belongs.
    const credit = await tasks.creditOf(personOf(1));
    const paid = await scrutineerJson<{ owner: string; credit: string }>(
      ...["validator", "withdraw", "--validator", personOf(1), "--key", await writeKey(0)],
      ...["--rpc", live.chain.rpcUrl, "--contract", live.deployment.contracts.feedbackTasks],
    );
    expect(paid.status, paid.stderr).to.equal(0);
    expect(paid.json).to.include({ owner: personOf(1), credit: credit.toString() });
    expect(await tasks.creditOf(personOf(1))).to.equal(0n);
  });

  async function payOf(taskId: Hash): Promise<Record<string, bigint>> {
    const settled = await tasks.queryFilter(tasks.filters.BallotSettled(taskId));
    const pay = Object.fromEntries(
      settled.map(({ args }) => [args.validator.toLowerCase(), args.payUnits]),
    );
    expect(Object.keys(pay).sort()).to.deep.equal(live.humans.map((_, i) => personOf(i)).sort());
    for (const units of Object.values(pay)) expect(units > 0n).to.equal(true);
    return pay;
  }
});
