import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { BrowserProvider, computeAddress, Wallet, type JsonRpcProvider } from "ethers";
import { openBallotFolder } from "../../../cli/validator/ballot-folder.ts";
import type { BallotFolder } from "../../../cli/validator/ballot-folder.ts";
import { lookAfter } from "../../../cli/validator/look-after.ts";
import type { Deed } from "../../../cli/validator/look-after.ts";
import type { IFeedbackTasks } from "../../../bindings/index.ts";
import { openContracts } from "../../../operator/contracts.ts";
import type { Contracts } from "../../../operator/contracts.ts";
import { fromCompact } from "../../../protocol/signature.ts";
import type { Cast, OpenTask, Person, Stage } from "../../support/stage.ts";
import {
  authorizeSession,
  cast,
  commit,
  createOpenTask,
  createStage,
  eligibleEntries,
  keyOf,
  reveal,
} from "../../support/stage.ts";

const SESSION = keyOf("session of who looks after");

describe("A validator's own commit or opening", () => {
  let stage: Stage;
  let node: BrowserProvider;
  let chain: Contracts;
  let path: string;
  let folder: BallotFolder;
  let person: Person;
  let task: OpenTask;
  let kept: Cast;
  let restore: () => Promise<void>;

  before(async () => {
    stage = await createStage({ humans: 3, ais: 0 });
    [person] = stage.humans as [Person];
    node = new BrowserProvider(stage.connection.provider, undefined, { cacheTimeout: -1 });
    chain = await openContracts(
      node as unknown as JsonRpcProvider,
      stage.tasksDomain.verifyingContract,
    );
  });
  after(async () => {
    node.destroy();
    await stage.close();
  });
  /** A ballot signed by a session, kept here, that nobody brought to the chain before judging closed. */
  beforeEach(async () => {
    path = await mkdtemp(join(tmpdir(), "scrutineer-look-after-"));
    folder = openBallotFolder(path);
    restore = await stage.snapshot();
    task = await createOpenTask(stage);
    const { closesAt, revealEndsAt } = task.terms;
    await authorizeSession(stage, person, SESSION, revealEndsAt, closesAt);
    kept = cast(stage, task.taskId, person, eligibleEntries(task, person), { signer: SESSION });
    const { version, judgments, commitment, r, vs } = kept.signed as unknown as {
      version: number;
      judgments: number;
      commitment: string;
      r: string;
      vs: string;
    };
    const ballot = { ...slot(), version, judgments, commitment };
    const { salt, notesHash, entries } = kept.opening as unknown as Record<string, string>;
    const opening = { salt: salt!, notesHash: notesHash!, entries: entries! };
    await folder.begin(slot(), { admissionIndex: 0, admissionProof: [] });
    await folder.keep(slot(), { ballot, signature: fromCompact({ r, vs }), opening }, "0x");
    await stage.moveTo(closesAt);
  });
  afterEach(async () => {
    await restore();
    await rm(path, { recursive: true });
  });

  const slot = () => ({
    ...{ chainId: stage.chainId, tasks: stage.tasksDomain.verifyingContract },
    ...{ taskId: task.taskId, validator: person.address },
  });

  /** One look, with something that happens between it and the block its transaction is in. */
  async function look(between: () => Promise<unknown> = async () => undefined): Promise<Deed> {
    const after = <Call extends (...args: never[]) => unknown>(call: Call): Call =>
      new Proxy(call, {
        apply: async (target, self, args: Parameters<Call>) => {
          await between();
          return Reflect.apply(target, self, [...args, { gasLimit: 5_000_000 }]) as unknown;
        },
      });
    const tasks = new Proxy(chain.tasks, {
      get(target, name) {
        if (name !== "connect") return Reflect.get(target, name) as unknown;
        return (wallet: Wallet): IFeedbackTasks => {
          const real = target.connect(wallet);
          const late = { commit: after(real.commit), reveal: after(real.reveal) };
          return new Proxy(real, {
            get: (own, method) =>
              method in late
                ? late[method as keyof typeof late]
                : (Reflect.get(own, method) as unknown),
          });
        };
      },
    });
    const wallet = new Wallet(stage.stranger.key, node);
    const deed = await lookAfter({ chain: { ...chain, tasks }, folder, wallet }, slot());
    if (deed === undefined) throw new Error("nothing was due");
    return deed;
  }
  const commitNow = (): Promise<unknown> => commit(stage, task.taskId, [kept.signed]);

  it("is done where the block has it, and the deed names the transaction", async () => {
    const committed = await look();
    expect(committed).to.include({ kind: "commit", outcome: "done", says: "put on chain" });
    expect(committed.transaction).to.match(/^0x/);
    await stage.moveTo(task.terms.revealEndsAt - 2n);
    const opened = await look();
    expect(opened).to.include({ kind: "open", outcome: "done", says: "opened" });
    expect(opened.transaction).to.match(/^0x/);
  });

  it("is done by another where another's commit of the same came first", async () => {
    const deed = await look(commitNow);
    expect(deed).to.include({ kind: "commit", outcome: "done" });
    expect(deed.says).to.equal("another's transaction did it first");
    expect(deed.transaction).to.equal(undefined);
  });

  it("is done by another where another's opening came first", async () => {
    await commitNow();
    await stage.moveTo(task.terms.revealEndsAt - 3n);
    const deed = await look(() => reveal(stage, task.taskId, [kept.opening]));
    expect(deed).to.include({ kind: "open", outcome: "done" });
    expect(deed.says).to.equal("another's transaction did it first");
  });

  it("is not done where its session was revoked in between, though the transaction was mined", async () => {
    const deed = await look(() =>
      stage.registry.connect(person.signer).revokeSession(computeAddress(SESSION)),
    );
    expect(deed).to.include({ kind: "commit", outcome: "impossible" });
    expect(deed.says).to.match(/did not take it/);
    expect((await stage.tasks.recordOf(task.taskId, person.address)).version).to.equal(0n);
  });
});
