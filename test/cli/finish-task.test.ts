import { expect } from "chai";
import { BrowserProvider, id } from "ethers";
import type { Provider } from "ethers";
import { BlacklistToken__factory } from "../../bindings/index.ts";
import { finishTask } from "../../cli/finish-task.ts";
import { encodeGolds, goldHashOf } from "../../protocol/gold.ts";
import { toCompact } from "../../protocol/signature.ts";
import { openingReceiptDigest } from "../../protocol/typed-data.ts";
import type { Hash } from "../../protocol/words.ts";
import type { Person, Stage } from "../support/stage.ts";
import {
  cast,
  commit,
  createOpenTask,
  createStage,
  createTask,
  eligibleEntries,
  reveal,
  STATE,
  termsFor,
} from "../support/stage.ts";

const SALT: Hash = id("gold salt");
const GOLDS = encodeGolds([{ itemIndex: 0, answer: 0 }], 20);

describe("[G14] A task finished by a stranger, from the chain alone", () => {
  let stage: Stage;
  let provider: Provider;
  let restore: () => Promise<void>;

  before(async () => {
    stage = await createStage({ humans: 4, ais: 0 });
    provider = stage.stranger.signer.provider as Provider;
  });
  beforeEach(async () => {
    restore = await stage.snapshot();
  });
  afterEach(() => restore());
  after(() => stage.close());

  const finish = async (taskId: Hash, withdraw = false) => {
    const tasks = stage.tasks.connect(stage.stranger.signer);
    const { done } = await finishTask(tasks, provider, taskId, withdraw);
    return done.map(({ step }) => step);
  };

  it("that is funded is opened once its seed can be known, and not before", async () => {
    const taskId = await createTask(stage, await termsFor(stage));
    expect(await finish(taskId)).to.deep.equal([]);
    await stage.mine(stage.constants.seedDelay);
    expect(await finish(taskId)).to.deep.equal(["open-task"]);
    expect(await stage.tasks.stateOf(taskId)).to.equal(BigInt(STATE.Open));
    expect(await finish(taskId)).to.deep.equal([]);
  });

  it("that nobody opened is cancelled, and its escrow paid back", async () => {
    const terms = await termsFor(stage);
    const taskId = await createTask(stage, terms);
    await stage.moveTo(terms.closesAt);
    expect(await finish(taskId, true)).to.deep.equal(["cancel-task", "withdraw-for"]);
    expect(await stage.tasks.creditOf(stage.requester.address)).to.equal(0n);
    expect(await finish(taskId)).to.deep.equal([]);
  });

  it("that nobody judged has its books closed and its bond released", async () => {
    const { taskId, terms } = await createOpenTask(stage);
    await stage.moveTo(terms.revealEndsAt);
    expect(await finish(taskId)).to.deep.equal(["settle"]);
    await stage.moveTo(terms.revealEndsAt + stage.constants.claimWindow);
    expect(await finish(taskId)).to.deep.equal(["release-bond"]);
  });

  it("has its gold judged, its ballots settled or forfeited, its claims paid, and all of it paid out", async () => {
    const task = await createOpenTask(stage, {
      itemCount: 20,
      goldHash: goldHashOf(SALT, GOLDS),
    });
    const { taskId, terms } = task;
    const [honest, other, silent, leftOut] = stage.humans as [Person, Person, Person, Person];
    const ballotOf = (person: Person) => cast(stage, taskId, person, eligibleEntries(task, person));
    const casts = [honest, other, silent].map(ballotOf);
    await commit(
      stage,
      taskId,
      casts.map(({ signed }) => signed),
    );
    await stage.moveTo(terms.commitEndsAt);
    await stage.tasks.openGold(taskId, SALT, GOLDS);
    await reveal(
      stage,
      taskId,
      casts.slice(0, 2).map(({ opening }) => opening),
    );
    expect(await finish(taskId), "while revealing goes on").to.deep.equal([]);

    await stage.moveTo(terms.revealEndsAt);
    const omitted = ballotOf(leftOut);
    const { r, vs } = toCompact(
      stage.operator.key.sign(
        openingReceiptDigest(stage.tasksDomain, {
          taskId,
          validator: leftOut.address,
          version: Number(omitted.signed.version),
          judgments: Number(omitted.signed.judgments),
          commitment: String(omitted.signed.commitment),
        }),
      ).serialized,
    );
    await stage.tasks.claimOmission(taskId, omitted.signed, r, vs, omitted.opening, "0x");
    expect(await finish(taskId)).to.deep.equal(["judge-gold", "settle"]);
    expect(await stage.tasks.stateOf(taskId)).to.equal(BigInt(STATE.Settled));
    expect((await stage.tasks.recordOf(taskId, silent.address)).settled).to.equal(true);

    await stage.moveTo(terms.revealEndsAt + stage.constants.claimWindow);
    const last = await finish(taskId, true);
    expect(last.slice(0, 2)).to.deep.equal(["release-bond", "pay-claim"]);
    expect(new Set(last.slice(2))).to.deep.equal(new Set(["withdraw-for"]));
    for (const { address } of [stage.requester, stage.operator, stage.commons, honest, leftOut]) {
      expect(await stage.tasks.creditOf(address)).to.equal(0n);
    }
    expect(await stage.token.balanceOf(await stage.tasks.getAddress())).to.equal(0n);
  });

  it("that the chain does not know is refused", async () => {
    const error = await finish(id("no task")).catch((caught: unknown) => caught);
    expect(error).to.include({ code: "task-unknown" });
  });
});

describe("[G13] A task finished where the token pays one account no more", () => {
  let stage: Stage;
  before(async () => {
    stage = await createStage({ humans: 4, ais: 0, tokenContract: "BlacklistToken" });
  });
  after(() => stage.close());

  it("pays all the others, says who is not paid and why, and asks for each once", async () => {
    const task = await createOpenTask(stage);
    const { taskId, terms } = task;
    const [person] = stage.humans as [Person];
    const { signed, opening } = cast(stage, taskId, person, eligibleEntries(task, person));
    await commit(stage, taskId, [signed]);
    await stage.moveTo(terms.commitEndsAt);
    await reveal(stage, taskId, [opening]);
    await stage.moveTo(terms.revealEndsAt);
    const token = BlacklistToken__factory.connect(
      await stage.token.getAddress(),
      stage.deployer.signer,
    );
    // Asked after the requester and before the commons.
    await token.setBlacklisted(stage.operator.address, true);

    // As over HTTP: Hardhat's own provider tells refusals in its own way.
    const node = new BrowserProvider(stage.connection.provider, undefined, { cacheTimeout: -1 });
    const signer = await node.getSigner(stage.stranger.address);
    const { done, unpaid } = await finishTask(stage.tasks.connect(signer), node, taskId, true);
    node.destroy();
    expect(done.map(({ step, account }) => [step, account])).to.deep.equal([
      ["settle", null],
      ["withdraw-for", stage.requester.address],
      ["withdraw-for", stage.commons.address],
    ]);
    expect(unpaid.map(({ account }) => account)).to.deep.equal([stage.operator.address]);
    expect(unpaid[0]?.why).to.match(/^the contract refuses: /);
    expect(await stage.tasks.creditOf(stage.operator.address)).to.not.equal(0n);
  });
});
