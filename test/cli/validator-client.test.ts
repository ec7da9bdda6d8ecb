import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { Wallet, ZeroHash } from "ethers";
import type { ApiClient } from "../../cli/api-client.ts";
import { createApiClient } from "../../cli/api-client.ts";
import type { GrowingBallot } from "../../cli/validator-client.ts";
import { createValidatorClient } from "../../cli/validator-client.ts";
import type { KeptBallot } from "../../cli/validator/ballot-folder.ts";
import { openBallotFolder, openingOf } from "../../cli/validator/ballot-folder.ts";
import type { Ballot } from "../../protocol/ballot.ts";
import { decodeEntries } from "../../protocol/ballot.ts";
import { ScrutineerError } from "../../protocol/errors.ts";
import { keccak256Text } from "../../protocol/keccak.ts";
import { openingReceiptDigest, signingDomain } from "../../protocol/typed-data.ts";
import { signDigest } from "../../runtime/signatures.ts";

const tasks = `0x${"7a".repeat(20)}`;
const config = {
  chainId: 31_337,
  contracts: {
    token: `0x${"01".repeat(20)}`,
    stakeRegistry: `0x${"02".repeat(20)}`,
    feedbackTasks: tasks,
  },
};
const taskId = keccak256Text("task");
const receipts = Wallet.createRandom();
const wallet = Wallet.createRandom();
const slot = { chainId: 31_337n, tasks, taskId, validator: wallet.address.toLowerCase() };

describe("A program that judges, started anew", () => {
  let path: string;
  /** What the service says to each version handed in, and what it was handed. */
  let answer: "receipt" | "refusal" | "away";
  let handed: number[];
  beforeEach(async () => {
    path = await mkdtemp(join(tmpdir(), "scrutineer-judging-"));
    [answer, handed] = ["receipt", []];
  });
  afterEach(() => rm(path, { recursive: true, force: true }));

  function receiptFor(ballot: Omit<Ballot, "taskId">): object {
    const digest = openingReceiptDigest(signingDomain(31_337n, tasks), { taskId, ...ballot });
    return { receiptSignature: signDigest(digest, receipts.privateKey) };
  }

  /** Takes ballots; keeps no copies. */
  const service: ApiClient = {
    ...createApiClient("http://127.0.0.1:1/api"),
    get: () =>
      Promise.resolve({
        terms: { humanAdmissionRoot: ZeroHash, aiAdmissionRoot: ZeroHash },
      } as never),
    post(_path, body) {
      const { ballot } = body as { ballot?: Omit<Ballot, "taskId"> };
      if (ballot === undefined || answer === "away") {
        return Promise.reject(new ScrutineerError("api-unreachable", "nobody is there"));
      }
      handed.push(ballot.version);
      if (answer === "receipt") return Promise.resolve(receiptFor(ballot) as never);
      const details = { status: 422 };
      return Promise.reject(new ScrutineerError("stake-insufficient", "no", details));
    },
  };

  const startAnew = (): GrowingBallot =>
    createValidatorClient(config, [service], wallet.privateKey, {
      folder: openBallotFolder(path),
    }).ballotIn(taskId, receipts.address.toLowerCase());
  const kept = async (): Promise<KeptBallot> => (await openBallotFolder(path).read(slot))!;
  /** Items of the newest version that was kept. */
  async function items(): Promise<number[]> {
    const ballot = await kept();
    const opening = openingOf(ballot, ballot.versions.at(-1)!.version)!;
    return decodeEntries(opening.entries).map(({ itemIndex }) => itemIndex);
  }
  const code = (work: Promise<unknown>): Promise<unknown> =>
    work.then(
      () => "done",
      (error: unknown) => (error as { code?: unknown }).code,
    );

  /** Item 1 receipted; item 2 signed, and nobody was there to take it. */
  beforeEach(async () => {
    const ballot = startAnew();
    await ballot.judge(1, 0);
    answer = "away";
    expect(await code(ballot.judge(2, 0))).to.equal("api-unreachable");
    handed = [];
  });

  it("hands in again what got no receipt, and goes on from there", async () => {
    answer = "receipt";
    await startAnew().judge(3, 1);
    expect(handed).to.deep.equal([2, 3]);
    expect(await items()).to.deep.equal([1, 2, 3]);
  });

  it("goes on from the version before where that is refused now", async () => {
    answer = "refusal";
    const ballot = startAnew();
    expect(await code(ballot.judge(3, 1)), "the judgment itself").to.equal("stake-insufficient");
    expect(handed).to.deep.equal([2, 3]);
    answer = "receipt";
    await ballot.judge(4, 1);
    expect(await items(), "what was refused is not in it").to.deep.equal([1, 4]);
    const { versions } = await kept();
    expect(versions.map(({ receipted, refused }) => [receipted, refused])).to.deep.equal([
      [true, false],
      [false, true],
      [false, true],
      [true, false],
    ]);
  });

  it("tries again with the next judgment where nobody is there yet", async () => {
    const ballot = startAnew();
    expect(await code(ballot.judge(3, 1))).to.equal("api-unreachable");
    answer = "receipt";
    await ballot.judge(3, 1);
    expect(handed).to.deep.equal([2, 3]);
    expect(await items()).to.deep.equal([1, 2, 3]);
    expect(ballot.version()).to.equal(3);
  });
});
