import { expect } from "chai";
import { id, ZeroAddress, type SigningKey } from "ethers";

import type { Terms } from "../../../protocol/terms.ts";
import { escrowUnits, findTermFaults, leastBondUnits } from "../../../protocol/terms.ts";
import { operatorAcceptanceDigest } from "../../../protocol/typed-data.ts";
import { ZERO_HASH } from "../../../protocol/words.ts";
import type { Stage } from "../../support/stage.ts";
import {
  acceptanceOf,
  createStage,
  createTask,
  deployWallet,
  keyOf,
  nextTaskId,
  permitOf,
  ROLE,
  sendCreateTask,
  STATE,
  termsFor,
  TOKEN,
} from "../../support/stage.ts";

describe("createTask", () => {
  let stage: Stage;
  let restore: () => Promise<void>;

  before(async () => {
    stage = await createStage({ humans: 3, ais: 1 });
  });

  beforeEach(async () => {
    restore = await stage.snapshot();
  });

  afterEach(() => restore());

  after(() => stage.close());

  it("[G3] takes the escrow in, locks the bond, and says all of its terms", async () => {
    const terms = await termsFor(stage, { aiVotes: 1, aiPrice: TOKEN / 10n });
    const taskId = await nextTaskId(stage, terms);
    const before = await stage.token.balanceOf(stage.requester.address);

    const created = await sendCreateTask(stage, terms);
    const block = BigInt(created.blockNumber ?? 0);
    const event = (await stage.tasks.queryFilter(stage.tasks.filters.TaskCreated(taskId)))[0];

    expect(event?.args.taskId).to.equal(taskId);
    expect(event?.args.requester).to.equal(await stage.requester.signer.getAddress());
    expect(event?.args.operator).to.equal(await stage.operator.signer.getAddress());
    expect([
      event?.args.nonce,
      event?.args.escrowUnits,
      event?.args.snapshotBlock,
      event?.args.seedBlock,
    ]).to.deep.equal([0n, escrowUnits(terms), block, block + stage.constants.seedDelay]);
    const said = event?.args.terms as unknown as Record<string, unknown>;
    for (const [term, value] of Object.entries(terms)) {
      expect(String(said[term]).toLowerCase(), term).to.equal(String(value));
    }

    expect(before - (await stage.token.balanceOf(stage.requester.address))).to.equal(
      escrowUnits(terms),
    );
    expect(await stage.token.balanceOf(await stage.tasks.getAddress())).to.equal(
      escrowUnits(terms),
    );
    expect((await stage.registry.accountOf(stage.operator.address)).lockedUnits).to.equal(
      terms.operatorBond,
    );
    expect(await stage.tasks.stateOf(taskId)).to.equal(STATE.Funded);
    expect(await stage.tasks.nonceOf(stage.requester.address)).to.equal(1n);
    const facts = await stage.tasks.factsOf(taskId);
    expect([
      facts.escrowUnits,
      facts.snapshotBlock,
      facts.seedBlock,
      facts.createdAt,
      facts.opened,
    ]).to.deep.equal([escrowUnits(terms), block, block + 2n, await stage.now(), false]);
  });

  it("gives the id that requester, nonce and terms make", async () => {
    const terms = await termsFor(stage);
    const first = await createTask(stage, terms);
    const second = await createTask(stage, terms);
    expect(await stage.tasks.taskIdOf(stage.requester.address, 0n, terms)).to.equal(first);
    expect(await stage.tasks.taskIdOf(stage.requester.address, 1n, terms)).to.equal(second);
    expect(second).to.not.equal(first);
  });

  describe("refuses a term out of its bounds", () => {
    const never = 2n ** 39n;
    const cases: [keyof Terms, Partial<Terms>][] = [
      ["receiptKey", { receiptKey: ZeroAddress }],
      ["itemsRoot", { itemsRoot: ZERO_HASH }],
      ["itemCount", { itemCount: 0 }],
      ["itemCount", { itemCount: 4097 }],
      ["humanSeats", { humanSeats: 65_536 }],
      ["humanSeats", { humanAdmissionRoot: id("list"), humanSeats: 0 }],
      ["aiSeats", { aiSeats: 65_536 }],
      ["aiSeats", { aiAdmissionRoot: id("list"), aiSeats: 0 }],
      ["humanVotes", { humanVotes: 1 }],
      ["humanVotes", { humanVotes: 16, humanAdmissionRoot: id("list"), humanSeats: 20 }],
      ["aiVotes", { aiVotes: 4, aiPrice: 1n }],
      ["minJudgments", { minJudgments: 0 }],
      ["minJudgments", { minJudgments: 4097 }],
      ["conditionOnAi", { conditionOnAi: true }],
      ["oversubscription", { oversubscription: 999_999 }],
      ["oversubscription", { oversubscription: 1_500_001, humanVotes: 2 }],
      ["oversubscription", { oversubscription: 1_000_001, humanVotes: 8 }],
      ["humanPrice", { humanPrice: 0n }],
      ["aiPrice", { aiPrice: 1n }],
      ["aiPrice", { aiVotes: 1, aiPrice: 0n }],
      ["fullPayScore", { fullPayScore: 9_999, breakEven: 0 }],
      ["fullPayScore", { fullPayScore: 1_000_001 }],
      ["breakEven", { fullPayScore: 100_001, breakEven: 50_001 }],
      ["maxPenalty", { maxPenalty: 1_000_001 }],
      ["closesAt", { closesAt: 1_000n, aiClosesAt: 1_000n }],
      ["revealEndsAt", { revealEndsAt: never }],
    ];
    for (const [term, changes] of cases) {
      // guards: contracts/libraries/Funding.sol "if (!holds) revert IFeedbackTasks.TermOutOfBounds(term);"
      it(`${term}: ${JSON.stringify(changes, (_, value: unknown) => (typeof value === "bigint" ? String(value) : value))}`, async () => {
        const terms = await termsFor(stage, changes);
        await expect(sendCreateTask(stage, terms))
          .to.be.revertedWithCustomError(stage.tasks, "TermOutOfBounds")
          .withArgs(term);
        // The twin says the same.
        expect(
          findTermFaults(terms, stage.constants, await stage.now()).map((fault) => fault.term),
        ).to.include(term);
      });
    }

    const timeCases: [keyof Terms, (now: bigint) => Partial<Terms>][] = [
      ["aiClosesAt", (now) => ({ aiClosesAt: now + 1_001n })],
      ["commitEndsAt", (now) => ({ commitEndsAt: now + 1_000n })],
      ["commitEndsAt", (now) => ({ commitEndsAt: now + 1_004n })],
      ["revealEndsAt", (now) => ({ revealEndsAt: now + 1_100n })],
      ["revealEndsAt", (now) => ({ revealEndsAt: now + 1_109n })],
      [
        "revealEndsAt",
        (now) => ({ revealEndsAt: now + 1_119n, conditionOnAi: true, aiVotes: 1, aiPrice: 1n }),
      ],
    ];
    for (const [term, changes] of timeCases) {
      // guards: contracts/libraries/Funding.sol "_need(revealTime >= limits.minReveal, "revealEndsAt");"
      it(`${term} too early or late: ${String(changes).replace(/\s+/g, " ")}`, async () => {
        const terms = await termsFor(stage, changes(await stage.now()));
        await expect(sendCreateTask(stage, terms))
          .to.be.revertedWithCustomError(stage.tasks, "TermOutOfBounds")
          .withArgs(term);
      });
    }

    // guards: contracts/libraries/Funding.sol "_need(revealEndsAt + limits.claimWindow <= block.timestamp + limits.unbonding, "revealEndsAt");"
    it("[G1] revealEndsAt beyond what exiting stake waits for", async () => {
      const last = (await stage.now()) + 86_400n - 60n;
      // Blocks follow the machine's clock, so the one that refuses may come some seconds later on a busy machine.
      const terms = await termsFor(stage, { revealEndsAt: last + 300n });
      await expect(sendCreateTask(stage, terms))
        .to.be.revertedWithCustomError(stage.tasks, "TermOutOfBounds")
        .withArgs("revealEndsAt");
      const inTime = { ...terms, revealEndsAt: last };
      await sendCreateTask(stage, inTime);
    });

    // guards: contracts/libraries/Funding.sol "_need(uint256(terms.operatorBond) * 4 >= escrowUnits, "operatorBond");"
    it("operatorBond below a quarter of the escrow", async () => {
      const terms = await termsFor(stage);
      const least = leastBondUnits(terms);
      await expect(sendCreateTask(stage, { ...terms, operatorBond: least - 1n }))
        .to.be.revertedWithCustomError(stage.tasks, "TermOutOfBounds")
        .withArgs("operatorBond");
      await sendCreateTask(stage, { ...terms, operatorBond: least });
    });
  });

  it("takes terms at their bounds", async () => {
    for (const changes of [
      {
        itemCount: 1,
        humanVotes: 2,
        minJudgments: 1,
        fullPayScore: 10_000,
        breakEven: 5_000,
        maxPenalty: 0,
      },
      {
        itemCount: 4096,
        minJudgments: 4096,
        fullPayScore: 1_000_000,
        breakEven: 500_000,
        maxPenalty: 1_000_000,
      },
      {
        humanVotes: 15,
        humanAdmissionRoot: id("list"),
        humanSeats: 65_535,
        oversubscription: 2 ** 32 - 1,
      },
      { humanVotes: 8, oversubscription: 1_000_000 },
      { goldHash: id("gold") },
      { humanVotes: 5, oversubscription: 1_500_000 },
      {
        aiVotes: 3,
        aiPrice: 1n,
        conditionOnAi: true,
        aiAdmissionRoot: id("list"),
        aiSeats: 65_535,
      },
      { operatorFee: 0n },
    ] satisfies Partial<Terms>[]) {
      await sendCreateTask(stage, await termsFor(stage, changes));
    }
  });

  // guards: contracts/FeedbackTasks.sol "if (!Signatures.isBy(operator, digest, signature)) revert BadOperatorAcceptance(taskId);"
  it("without the operator's acceptance of this very task is refused", async () => {
    const terms = await termsFor(stage);
    const taskId = await nextTaskId(stage, terms);
    const tasks = stage.tasks.connect(stage.requester.signer);
    const other = { ...terms, itemCount: 31 };
    for (const acceptance of [
      acceptanceOf(stage, taskId, stage.requester),
      acceptanceOf(stage, await nextTaskId(stage, other)),
      "0x",
    ]) {
      await expect(tasks.createTask(terms, acceptance))
        .to.be.revertedWithCustomError(stage.tasks, "BadOperatorAcceptance")
        .withArgs(taskId);
    }
  });

  // guards: contracts/FeedbackTasks.sol "uint256 nonce = nonceOf[msg.sender]++;"
  it("with an acceptance given before is refused: the nonce has moved on", async () => {
    const terms = await termsFor(stage);
    const acceptance = acceptanceOf(stage, await nextTaskId(stage, terms));
    const tasks = stage.tasks.connect(stage.requester.signer);
    await tasks.createTask(terms, acceptance);
    await expect(tasks.createTask(terms, acceptance)).to.be.revertedWithCustomError(
      stage.tasks,
      "BadOperatorAcceptance",
    );
  });

  describe("with permit", () => {
    // guards: contracts/FeedbackTasks.sol "try IERC20Permit(address(TOKEN)).permit(msg.sender, address(this), escrowUnits, deadline, v, r, s) {} catch {}"
    it("takes the escrow in one transaction, also if somebody sent the permit ahead", async () => {
      const tasksAddress = await stage.tasks.getAddress();
      await stage.token.connect(stage.requester.signer).approve(tasksAddress, 0n);
      for (const sentAhead of [false, true]) {
        const terms = await termsFor(stage);
        const escrow = escrowUnits(terms);
        const acceptance = acceptanceOf(stage, await nextTaskId(stage, terms));
        const deadline = (await stage.now()) + 100n;
        const permit = await permitOf(stage, stage.requester, tasksAddress, escrow, deadline);
        if (sentAhead)
          await stage.token.permit(stage.requester.address, tasksAddress, escrow, ...permit);
        await expect(
          stage.tasks
            .connect(stage.requester.signer)
            .createTaskWithPermit(terms, acceptance, ...permit),
        ).to.emit(stage.tasks, "TaskCreated");
        expect(await stage.token.allowance(stage.requester.address, tasksAddress)).to.equal(0n);
      }
    });

    it("of less than the escrow is refused", async () => {
      const tasksAddress = await stage.tasks.getAddress();
      await stage.token.connect(stage.requester.signer).approve(tasksAddress, 0n);
      const terms = await termsFor(stage);
      const acceptance = acceptanceOf(stage, await nextTaskId(stage, terms));
      const permit = await permitOf(
        stage,
        stage.requester,
        tasksAddress,
        escrowUnits(terms) - 1n,
        (await stage.now()) + 100n,
      );
      await expect(
        stage.tasks
          .connect(stage.requester.signer)
          .createTaskWithPermit(terms, acceptance, ...permit),
      ).to.be.revertedWithCustomError(stage.token, "ERC20InsufficientAllowance");
    });
  });

  it("takes the acceptance of an operator that is a contract (ERC-1271)", async () => {
    const owner = keyOf("operator's owner");
    const wallet = await deployWallet(stage, owner);
    const registry = await stage.registry.getAddress();
    await wallet.send(
      registry,
      stage.registry.interface.encodeFunctionData("join", [
        ROLE.Operator,
        10n ** 6n * TOKEN,
        id("profile"),
      ]),
    );
    await stage.mine(1);
    const terms = await termsFor(stage, { operator: (await wallet.getAddress()).toLowerCase() });
    const taskId = await nextTaskId(stage, terms);
    const acceptance = (key: SigningKey): string =>
      key.sign(operatorAcceptanceDigest(stage.tasksDomain, taskId)).serialized;
    const tasks = stage.tasks.connect(stage.requester.signer);
    await expect(tasks.createTask(terms, acceptance(stage.operator.key)))
      .to.be.revertedWithCustomError(stage.tasks, "BadOperatorAcceptance")
      .withArgs(taskId);
    await expect(tasks.createTask(terms, acceptance(owner))).to.emit(stage.tasks, "TaskCreated");
  });

  it("with an operator that is none, or is leaving, is refused", async () => {
    const terms = await termsFor(stage, { operator: stage.humans[0]?.address ?? "" });
    await expect(sendCreateTask(stage, terms))
      .to.be.revertedWithCustomError(stage.tasks, "OperatorNotActive")
      .withArgs(stage.humans[0]?.signer);

    await stage.registry.connect(stage.operator.signer).requestExit();
    await expect(sendCreateTask(stage, await termsFor(stage)))
      .to.be.revertedWithCustomError(stage.tasks, "OperatorNotActive")
      .withArgs(stage.operator.signer);
  });

  it("with a bond above the operator's free stake is refused", async () => {
    const terms = await termsFor(stage, { operatorBond: 10n ** 28n + 1n });
    await expect(sendCreateTask(stage, terms))
      .to.be.revertedWithCustomError(stage.tasks, "BondNotCovered")
      .withArgs(stage.operator.signer, terms.operatorBond);
  });

  // guards: contracts/FeedbackTasks.sol "if (msg.sender == COMMONS) revert CommonsCannotTakePart(msg.sender);"
  it("[G12] by the commons is refused", async () => {
    await expect(sendCreateTask(stage, await termsFor(stage), stage.commons))
      .to.be.revertedWithCustomError(stage.tasks, "CommonsCannotTakePart")
      .withArgs(stage.commons.signer);
  });

  it("without the tokens is refused", async () => {
    await stage.token.connect(stage.requester.signer).approve(await stage.tasks.getAddress(), 1n);
    await expect(sendCreateTask(stage, await termsFor(stage))).to.be.revertedWithCustomError(
      stage.token,
      "ERC20InsufficientAllowance",
    );
  });
});

describe("createTask with a token that keeps a fee", () => {
  // guards: contracts/FeedbackTasks.sol "if (receivedUnits != amountUnits) revert EscrowNotReceived(receivedUnits, amountUnits);"
  it("[G15] is refused, and stakes are credited by what arrived", async () => {
    const stage = await createStage({ humans: 3, ais: 0, tokenContract: "FeeToken" });
    const account = await stage.registry.accountOf(stage.humans[0]?.address ?? "");
    expect(account.stakedUnits).to.equal(9_900n * TOKEN);

    const terms = await termsFor(stage);
    const escrow = escrowUnits(terms);
    await expect(sendCreateTask(stage, terms))
      .to.be.revertedWithCustomError(stage.tasks, "EscrowNotReceived")
      .withArgs(escrow - escrow / 100n, escrow);
    await stage.close();
  });
});
