import { expect } from "chai";
import { computeAddress, getAddress, id, type Signer, ZeroAddress } from "ethers";

import type { StakeRegistry } from "../../bindings/index.ts";
import { sessionDigest, sessionRevocationDigest } from "../../protocol/typed-data.ts";
import type { Person, Stage } from "../support/stage.ts";
import {
  authorizeSession,
  createStage,
  deployWallet,
  join,
  keyOf,
  permitOf,
  ROLE,
  TOKEN,
} from "../support/stage.ts";

const TASK = id("task");
const PROFILE = id("profile");

describe("StakeRegistry", () => {
  let stage: Stage;
  let registry: StakeRegistry;
  let human: Person;
  let stranger: Person;
  let tasks: Signer;
  let restore: () => Promise<void>;

  before(async () => {
    stage = await createStage({ humans: 4, ais: 2, stakeUnits: 1_000n * TOKEN });
    registry = stage.registry;
    human = stage.humans[0] as Person;
    stranger = stage.stranger;
    tasks = await stage.impersonate(stage.tasksDomain.verifyingContract);
  });

  beforeEach(async () => {
    restore = await stage.snapshot();
  });

  afterEach(() => restore());

  after(() => stage.close());

  const as = (person: Person): StakeRegistry => registry.connect(person.signer);
  const asTasks = (): StakeRegistry => registry.connect(tasks);
  const minimum = 100n * TOKEN;

  async function deployUnbound(): Promise<StakeRegistry> {
    return await stage.connection.ethers.deployContract(
      "StakeRegistry",
      [await stage.token.getAddress(), stage.commons.address, minimum, 86_400n],
      stage.deployer.signer,
    );
  }

  describe("constructor", () => {
    for (const [what, token, commons] of [
      ["token", ZeroAddress, "0x0000000000000000000000000000000000000001"],
      ["commons", "0x0000000000000000000000000000000000000001", ZeroAddress],
    ] as const) {
      it(`refuses a zero ${what}`, async () => {
        await expect(
          stage.connection.ethers.deployContract("StakeRegistry", [token, commons, minimum, 1n]),
        ).to.be.revertedWithCustomError(registry, "ZeroAddress");
      });
    }

    it("keeps what it was given", async () => {
      expect(await registry.token()).to.equal(await stage.token.getAddress());
      expect((await registry.commons()).toLowerCase()).to.equal(stage.commons.address);
      expect(await registry.MIN_STAKE()).to.equal(minimum);
      expect(await registry.UNBONDING()).to.equal(86_400n);
      expect((await registry.tasks()).toLowerCase()).to.equal(stage.tasksDomain.verifyingContract);
    });
  });

  describe("bindTasks", () => {
    it("by another than the deployer is refused", async () => {
      const unbound = await deployUnbound();
      await expect(unbound.connect(human.signer).bindTasks(human.address))
        .to.be.revertedWithCustomError(registry, "NotTheDeployer")
        .withArgs(human.signer);
    });

    it("to the zero address is refused", async () => {
      await expect((await deployUnbound()).bindTasks(ZeroAddress)).to.be.revertedWithCustomError(
        registry,
        "ZeroAddress",
      );
    });

    it("happens once", async () => {
      const unbound = await deployUnbound();
      await expect(unbound.bindTasks(human.address))
        .to.emit(unbound, "TasksBound")
        .withArgs(human.signer);
      await expect(unbound.bindTasks(stranger.address))
        .to.be.revertedWithCustomError(registry, "TasksAlreadyBound")
        .withArgs(human.signer);
    });

    it("comes before anybody can join", async () => {
      const unbound = await deployUnbound();
      await expect(unbound.join(ROLE.Human, minimum, PROFILE)).to.be.revertedWithCustomError(
        registry,
        "TasksNotBound",
      );
    });
  });

  describe("join", () => {
    // guards: contracts/StakeRegistry.sol "return uint48(block.number + 1); // block numbers stay far below 2^48"
    it("takes a seat that counts from the next block", async () => {
      const before = await registry.activeSeatsAt(ROLE.Human, await stage.blockNumber());
      const joined = await as(stranger).join(ROLE.Human, minimum, PROFILE);
      const block = BigInt(joined.blockNumber ?? 0);

      await expect(joined)
        .to.emit(registry, "Joined")
        .withArgs(stranger.signer, ROLE.Human, minimum, PROFILE);
      await expect(joined)
        .to.emit(registry, "SeatTaken")
        .withArgs(stranger.signer, ROLE.Human, block + 1n);
      expect(await registry.roleAt(stranger.address, block)).to.equal(ROLE.None);
      expect(await registry.roleAt(stranger.address, block + 1n)).to.equal(ROLE.Human);
      expect(await registry.activeSeatsAt(ROLE.Human, block)).to.equal(before);
      expect(await registry.activeSeatsAt(ROLE.Human, block + 1n)).to.equal(before + 1n);
      const account = await registry.accountOf(stranger.address);
      expect([
        account.stakedUnits,
        account.lockedUnits,
        account.role,
        account.exitableAt,
      ]).to.deep.equal([minimum, 0n, BigInt(ROLE.Human), 0n]);
      expect(await registry.freeStakeOf(stranger.address)).to.equal(minimum);
    });

    for (const role of [ROLE.Ai, ROLE.Operator]) {
      it(`is open to role ${role}`, async () => {
        await join(stage, stranger, role);
        await stage.mine(1);
        expect(await registry.roleAt(stranger.address, await stage.blockNumber())).to.equal(role);
      });
    }

    it("buys one seat, however large the stake", async () => {
      const before = await registry.activeSeatsAt(ROLE.Human, await stage.blockNumber());
      await join(stage, stranger, ROLE.Human, 50n * minimum);
      await stage.mine(1);
      expect(await registry.activeSeatsAt(ROLE.Human, await stage.blockNumber())).to.equal(
        before + 1n,
      );
    });

    it("without a role is refused", async () => {
      await expect(join(stage, stranger, ROLE.None)).to.be.revertedWithCustomError(
        registry,
        "RoleNotJoinable",
      );
    });

    it("a second time is refused, whatever the role", async () => {
      await expect(join(stage, human, ROLE.Ai))
        .to.be.revertedWithCustomError(registry, "AlreadyJoined")
        .withArgs(human.signer);
    });

    it("below the minimum stake is refused", async () => {
      await expect(join(stage, stranger, ROLE.Human, minimum - 1n))
        .to.be.revertedWithCustomError(registry, "StakeBelowMinimum")
        .withArgs(minimum - 1n, minimum);
    });

    it("with more than 96 bits of stake is refused", async () => {
      await stage.token.mint(stranger.address, 2n ** 96n);
      await expect(join(stage, stranger, ROLE.Human, 2n ** 96n))
        .to.be.revertedWithCustomError(registry, "StakeTooLarge")
        .withArgs(2n ** 96n);
    });

    it("[G12] is closed to the commons", async () => {
      await expect(join(stage, stage.commons, ROLE.Human)).to.be.revertedWithCustomError(
        registry,
        "CommonsCannotJoin",
      );
    });
  });

  describe("addStake", () => {
    it("raises the stake and takes no second seat", async () => {
      const added = await as(human).addStake(5n);
      await expect(added).to.emit(registry, "StakeAdded").withArgs(human.signer, 5n);
      await expect(added).not.to.emit(registry, "SeatTaken");
      expect((await registry.accountOf(human.address)).stakedUnits).to.equal(1_000n * TOKEN + 5n);
    });

    it("by a stranger is refused", async () => {
      await expect(as(stranger).addStake(1n))
        .to.be.revertedWithCustomError(registry, "NotJoined")
        .withArgs(stranger.signer);
    });

    it("beyond 96 bits together is refused", async () => {
      const most = 2n ** 96n - 1_000n * TOKEN;
      await stage.token.mint(human.address, most);
      await expect(as(human).addStake(most))
        .to.be.revertedWithCustomError(registry, "StakeTooLarge")
        .withArgs(most);
    });

    describe("given a stake that fell below the minimum", () => {
      beforeEach(async () => {
        await asTasks().lock(TASK, human.address, 950n * TOKEN);
        await asTasks().forfeit(TASK, human.address, 950n * TOKEN, 950n * TOKEN);
      });

      it("brings the seat back once the minimum is reached", async () => {
        await expect(as(human).addStake(49n * TOKEN)).not.to.emit(registry, "SeatTaken");
        await expect(as(human).addStake(1n * TOKEN)).to.emit(registry, "SeatTaken");
        await stage.mine(1);
        expect(await registry.roleAt(human.address, await stage.blockNumber())).to.equal(
          ROLE.Human,
        );
      });

      it("brings no seat back to somebody who is leaving", async () => {
        await as(human).requestExit();
        await expect(as(human).addStake(100n * TOKEN)).not.to.emit(registry, "SeatTaken");
      });
    });
  });

  describe("requestExit", () => {
    it("gives the seat up from the next block and starts the cooldown", async () => {
      const before = await registry.activeSeatsAt(ROLE.Human, await stage.blockNumber());
      const exiting = await as(human).requestExit();
      const block = BigInt(exiting.blockNumber ?? 0);
      const exitableAt = (await stage.now()) + 86_400n;

      await expect(exiting).to.emit(registry, "ExitRequested").withArgs(human.signer, exitableAt);
      await expect(exiting)
        .to.emit(registry, "SeatVacated")
        .withArgs(human.signer, ROLE.Human, block + 1n);
      expect(await registry.roleAt(human.address, block)).to.equal(ROLE.Human);
      expect(await registry.roleAt(human.address, block + 1n)).to.equal(ROLE.None);
      expect(await registry.activeSeatsAt(ROLE.Human, block + 1n)).to.equal(before - 1n);
      expect((await registry.accountOf(human.address)).exitableAt).to.equal(exitableAt);
    });

    it("by a stranger is refused", async () => {
      await expect(as(stranger).requestExit())
        .to.be.revertedWithCustomError(registry, "NotJoined")
        .withArgs(stranger.signer);
    });

    it("a second time is refused", async () => {
      await as(human).requestExit();
      await expect(as(human).requestExit())
        .to.be.revertedWithCustomError(registry, "AlreadyExiting")
        .withArgs(human.signer);
    });

    it("without a seat vacates none", async () => {
      await asTasks().lock(TASK, human.address, 950n * TOKEN);
      await asTasks().forfeit(TASK, human.address, 950n * TOKEN, 950n * TOKEN);
      await expect(as(human).requestExit()).not.to.emit(registry, "SeatVacated");
    });
  });

  describe("withdraw", () => {
    it("before an exit was requested is refused", async () => {
      await expect(as(human).withdraw())
        .to.be.revertedWithCustomError(registry, "NotExiting")
        .withArgs(human.signer);
    });

    describe("given an exit", () => {
      let exitableAt: bigint;
      beforeEach(async () => {
        await as(human).requestExit();
        exitableAt = (await registry.accountOf(human.address)).exitableAt;
      });

      it("during the cooldown is refused", async () => {
        await stage.moveTo(exitableAt - 2n);
        await expect(as(human).withdraw())
          .to.be.revertedWithCustomError(registry, "CooldownNotOver")
          .withArgs(exitableAt);
      });

      // guards: contracts/StakeRegistry.sol "uint96 freeUnits = account.stakedUnits - account.lockedUnits;"
      it("[G1] pays what is not locked, and the rest once it is unlocked", async () => {
        await asTasks().lock(TASK, human.address, 300n * TOKEN);
        await stage.moveTo(exitableAt);
        const before = await stage.token.balanceOf(human.address);

        await expect(as(human).withdraw())
          .to.emit(registry, "StakeWithdrawn")
          .withArgs(human.signer, 700n * TOKEN);
        await expect(as(human).withdraw()).to.be.revertedWithCustomError(
          registry,
          "NothingToWithdraw",
        );
        await asTasks().unlock(TASK, human.address, 300n * TOKEN);
        await as(human).withdraw();
        expect((await stage.token.balanceOf(human.address)) - before).to.equal(1_000n * TOKEN);
      });

      it("[G2] still loses what is forfeited", async () => {
        await asTasks().lock(TASK, human.address, 300n * TOKEN);
        await asTasks().forfeit(TASK, human.address, 300n * TOKEN, 300n * TOKEN);
        await stage.moveTo(exitableAt);
        await expect(as(human).withdraw())
          .to.emit(registry, "StakeWithdrawn")
          .withArgs(human.signer, 700n * TOKEN);
      });

      it("[G13] pays its owner alone, whoever calls for it", async () => {
        await stage.moveTo(exitableAt);
        const before = await stage.token.balanceOf(human.address);
        await expect(as(stranger).withdrawFor(human.address))
          .to.emit(registry, "StakeWithdrawn")
          .withArgs(human.signer, 1_000n * TOKEN);
        expect((await stage.token.balanceOf(human.address)) - before).to.equal(1_000n * TOKEN);
        await expect(as(stranger).withdrawFor(human.address))
          .to.be.revertedWithCustomError(registry, "NothingToWithdraw")
          .withArgs(human.signer);
      });

      it("leaves an address that cannot join again", async () => {
        await stage.moveTo(exitableAt);
        await as(human).withdraw();
        await expect(join(stage, human, ROLE.Human)).to.be.revertedWithCustomError(
          registry,
          "AlreadyJoined",
        );
      });
    });
  });

  describe("lock, unlock and forfeit", () => {
    it("are refused to anybody but the task contract", async () => {
      for (const attempt of [
        as(human).lock(TASK, human.address, 1n),
        as(human).unlock(TASK, human.address, 0n),
        as(human).forfeit(TASK, human.address, 0n, 0n),
        as(human).seize(TASK, human.address, 0n),
        as(human).settle(TASK, human.address, 0n, 0n, 1n),
        as(human).takeCredit(human.address),
      ]) {
        await expect(attempt)
          .to.be.revertedWithCustomError(registry, "NotTheTasksContract")
          .withArgs(human.signer);
      }
    });

    it("[G2] lock no more than is free", async () => {
      expect(await asTasks().lock.staticCall(TASK, human.address, 1_000n * TOKEN)).to.equal(true);
      await asTasks().lock(TASK, human.address, 1_000n * TOKEN - 1n);
      expect(await asTasks().lock.staticCall(TASK, human.address, 2n)).to.equal(false);
      await asTasks().lock(TASK, human.address, 2n);
      expect(await registry.freeStakeOf(human.address)).to.equal(1n);
      expect(await asTasks().lock.staticCall(TASK, human.address, 2n ** 255n)).to.equal(false);
    });

    it("[G2] unlock no more than is locked", async () => {
      await asTasks().lock(TASK, human.address, 7n);
      await expect(asTasks().unlock(TASK, human.address, 8n))
        .to.be.revertedWithCustomError(registry, "UnlockAboveLocked")
        .withArgs(human.signer, 8n, 7n);
      await asTasks().unlock(TASK, human.address, 7n);
      expect((await registry.accountOf(human.address)).lockedUnits).to.equal(0n);
    });

    // guards: contracts/StakeRegistry.sol "if (lossUnits > lockUnits) revert LossAboveLock(lossUnits, lockUnits);"
    // guards: contracts/StakeRegistry.sol "if (lockUnits > lockedUnits) revert UnlockAboveLocked(validator, lockUnits, lockedUnits);"
    it("[G2] take no more than the lock, and end no more than all locks together", async () => {
      await asTasks().lock(TASK, human.address, 10n);
      await asTasks().lock(id("another"), human.address, 20n);
      await expect(asTasks().forfeit(TASK, human.address, 10n, 11n))
        .to.be.revertedWithCustomError(registry, "LossAboveLock")
        .withArgs(11n, 10n);
      await expect(asTasks().forfeit(TASK, human.address, 31n, 1n))
        .to.be.revertedWithCustomError(registry, "UnlockAboveLocked")
        .withArgs(human.signer, 31n, 30n);

      await expect(asTasks().forfeit(TASK, human.address, 10n, 4n))
        .to.emit(registry, "StakeForfeited")
        .withArgs(TASK, human.signer, 4n);
      const account = await registry.accountOf(human.address);
      expect([account.stakedUnits, account.lockedUnits]).to.deep.equal([1_000n * TOKEN - 4n, 20n]);
      expect(await registry.commonsDueUnits()).to.equal(4n);
    });

    it("vacate the seat of a stake that falls below the minimum", async () => {
      await asTasks().lock(TASK, human.address, 901n * TOKEN);
      await expect(asTasks().forfeit(TASK, human.address, 900n * TOKEN, 900n * TOKEN)).not.to.emit(
        registry,
        "SeatVacated",
      );
      await expect(asTasks().forfeit(TASK, human.address, TOKEN, 1n)).to.emit(
        registry,
        "SeatVacated",
      );
      await asTasks().lock(TASK, human.address, 1n);
      await expect(asTasks().forfeit(TASK, human.address, 1n, 1n)).not.to.emit(
        registry,
        "SeatVacated",
      );
    });
  });

  describe("joinWithPermit", () => {
    const permit = async (units = minimum): Promise<[bigint, number, string, string]> => {
      await stage.token.connect(stranger.signer).approve(await registry.getAddress(), 0n);
      const deadline = (await stage.now()) + 100n;
      return permitOf(stage, stranger, await registry.getAddress(), units, deadline);
    };

    it("takes the stake in one transaction", async () => {
      const signed = await permit();
      await expect(as(stranger).joinWithPermit(ROLE.Human, minimum, PROFILE, ...signed))
        .to.emit(registry, "Joined")
        .withArgs(stranger.signer, ROLE.Human, minimum, PROFILE);
      expect((await registry.accountOf(stranger.address)).stakedUnits).to.equal(minimum);
    });

    // guards: contracts/StakeRegistry.sol "try IERC20Permit(address(TOKEN)).permit(msg.sender, address(this), stakeUnits, deadline, v, r, s) {} catch {}"
    it("is not blocked by somebody who sends the permit ahead", async () => {
      const signed = await permit();
      await stage.token
        .connect(human.signer)
        .permit(stranger.address, await registry.getAddress(), minimum, ...signed);
      await expect(as(stranger).joinWithPermit(ROLE.Human, minimum, PROFILE, ...signed)).to.emit(
        registry,
        "Joined",
      );
    });

    it("without the allowance that the permit should have given is refused", async () => {
      const signed = await permit(minimum - 1n);
      await expect(
        as(stranger).joinWithPermit(ROLE.Human, minimum, PROFILE, ...signed),
      ).to.be.revertedWithCustomError(stage.token, "ERC20InsufficientAllowance");
    });
  });

  describe("a wallet that is a contract (ERC-1271)", () => {
    const owner = keyOf("wallet owner");
    const session = computeAddress(keyOf("wallet's session")).toLowerCase();

    async function joined(): Promise<{
      wallet: Awaited<ReturnType<typeof deployWallet>>;
      address: string;
    }> {
      const wallet = await deployWallet(stage, owner);
      const call = registry.interface.encodeFunctionData("join", [ROLE.Human, minimum, PROFILE]);
      await wallet.send(await registry.getAddress(), call);
      return { wallet, address: (await wallet.getAddress()).toLowerCase() };
    }

    const grantOf = async (
      address: string,
      by = owner,
    ): Promise<[string, string, bigint, bigint, string]> => {
      const expiresAt = (await stage.now()) + 1_000n;
      const digest = sessionDigest(stage.registryDomain, {
        validator: address,
        key: session,
        expiresAt,
        nonce: 1n,
      });
      return [address, session, expiresAt, 1n, by.sign(digest).serialized];
    };

    it("joins, and lets a session key sign for it", async () => {
      const { address } = await joined();
      await stage.mine(1);
      expect(await registry.roleAt(address, await stage.blockNumber())).to.equal(ROLE.Human);
      await expect(as(stranger).authorizeSession(...(await grantOf(address)))).to.emit(
        registry,
        "SessionAuthorized",
      );
      expect((await registry.sessionOf(address, session)).authorizedAt).to.equal(await stage.now());
    });

    it("approves what it says itself, at the time it is asked", async () => {
      const { wallet, address } = await joined();
      await expect(as(stranger).authorizeSession(...(await grantOf(address, stranger.key))))
        .to.be.revertedWithCustomError(registry, "BadSessionSignature")
        .withArgs(getAddress(address));
      const grant = await grantOf(address);
      await wallet.setKey(stranger.address);
      await expect(as(stranger).authorizeSession(...grant)).to.be.revertedWithCustomError(
        registry,
        "BadSessionSignature",
      );
    });

    it("revokes a session by its signature", async () => {
      const { address } = await joined();
      await as(stranger).authorizeSession(...(await grantOf(address)));
      const digest = sessionRevocationDigest(stage.registryDomain, {
        validator: address,
        key: session,
        nonce: 2n,
      });
      await expect(
        as(stranger).revokeSessionFor(address, session, 2n, owner.sign(digest).serialized),
      )
        .to.emit(registry, "SessionRevoked")
        .withArgs(getAddress(address), getAddress(session));
    });

    it("that answers anything but the magic value has approved nothing", async () => {
      const call = registry.interface.encodeFunctionData("join", [ROLE.Human, minimum, PROFILE]);
      // The relay has no isValidSignature at all.
      const relay = await stage.connection.ethers.deployContract("Relay", stage.deployer.signer);
      const address = await relay.getAddress();
      await stage.token.connect(stage.deployer.signer).mint(address, minimum);
      await relay.forward(
        await stage.token.getAddress(),
        stage.token.interface.encodeFunctionData("approve", [await registry.getAddress(), minimum]),
      );
      await relay.forward(await registry.getAddress(), call);
      await expect(
        as(stranger).authorizeSession(...(await grantOf(address.toLowerCase()))),
      ).to.be.revertedWithCustomError(registry, "BadSessionSignature");
    });
  });

  describe("settle and takeCredit", () => {
    it("end a lock and note what was earned, until it is taken", async () => {
      await asTasks().lock(TASK, human.address, 30n);
      await asTasks().settle(TASK, human.address, 10n, 0n, 7n);
      await asTasks().settle(TASK, human.address, 10n, 0n, 5n);
      expect(await registry.creditOf(human.address)).to.equal(12n);
      expect((await registry.accountOf(human.address)).lockedUnits).to.equal(10n);
      expect(await registry.freeStakeOf(human.address)).to.equal(1_000n * TOKEN - 10n);

      expect(await asTasks().takeCredit.staticCall(human.address)).to.equal(12n);
      await asTasks().takeCredit(human.address);
      expect(await registry.creditOf(human.address)).to.equal(0n);
      expect(await asTasks().takeCredit.staticCall(human.address)).to.equal(0n);
    });

    it("[G2] take a loss out of the lock alone", async () => {
      await asTasks().lock(TASK, human.address, 10n);
      await expect(asTasks().settle(TASK, human.address, 10n, 11n, 0n))
        .to.be.revertedWithCustomError(registry, "LossAboveLock")
        .withArgs(11n, 10n);
      await expect(asTasks().settle(TASK, human.address, 11n, 0n, 0n))
        .to.be.revertedWithCustomError(registry, "UnlockAboveLocked")
        .withArgs(human.signer, 11n, 10n);
      await expect(asTasks().settle(TASK, human.address, 10n, 4n, 0n))
        .to.emit(registry, "StakeForfeited")
        .withArgs(TASK, human.signer, 4n);
      const { stakedUnits, lockedUnits } = await registry.accountOf(human.address);
      expect([stakedUnits, lockedUnits]).to.deep.equal([1_000n * TOKEN - 4n, 0n]);
      expect(await registry.creditOf(human.address)).to.equal(0n);
    });
  });

  describe("seize", () => {
    it("[G2] takes a part of a lock to the task contract, and touches no other", async () => {
      await asTasks().lock(TASK, human.address, 10n);
      await asTasks().lock(id("another"), human.address, 20n);
      await expect(asTasks().seize(TASK, human.address, 31n))
        .to.be.revertedWithCustomError(registry, "UnlockAboveLocked")
        .withArgs(human.signer, 31n, 30n);
      const tasksAddress = await stage.tasks.getAddress();
      const before = await stage.token.balanceOf(tasksAddress);
      await expect(asTasks().seize(TASK, human.address, 4n))
        .to.emit(registry, "StakeSeized")
        .withArgs(TASK, human.signer, 4n);
      const { stakedUnits, lockedUnits } = await registry.accountOf(human.address);
      expect([stakedUnits, lockedUnits]).to.deep.equal([1_000n * TOKEN - 4n, 26n]);
      expect((await stage.token.balanceOf(tasksAddress)) - before).to.equal(4n);
      expect(await registry.commonsDueUnits()).to.equal(0n);
    });

    it("vacates the seat of a stake that falls below the minimum", async () => {
      await asTasks().lock(TASK, human.address, 902n * TOKEN);
      await expect(asTasks().seize(TASK, human.address, 900n * TOKEN)).not.to.emit(
        registry,
        "SeatVacated",
      );
      await expect(asTasks().seize(TASK, human.address, 1n)).to.emit(registry, "SeatVacated");
      await expect(asTasks().seize(TASK, human.address, 1n)).not.to.emit(registry, "SeatVacated");
    });
  });

  describe("payCommons", () => {
    it("[G12] sends what is due to the commons, whoever calls", async () => {
      await asTasks().lock(TASK, human.address, 10n);
      await asTasks().forfeit(TASK, human.address, 10n, 10n);
      await expect(as(stranger).payCommons()).to.emit(registry, "CommonsPaid").withArgs(10n);
      expect(await stage.token.balanceOf(stage.commons.address)).to.equal(10n);
      expect(await registry.commonsDueUnits()).to.equal(0n);
    });

    it("with nothing due is refused", async () => {
      await expect(as(stranger).payCommons())
        .to.be.revertedWithCustomError(registry, "NothingToWithdraw")
        .withArgs(stage.commons.signer);
    });
  });

  describe("seats over time", () => {
    it("[G5] are remembered for every past block", async () => {
      const first = await stage.blockNumber();
      const before = await registry.activeSeatsAt(ROLE.Human, first);
      await as(human).requestExit();
      await join(stage, stranger, ROLE.Human);
      await as(stage.humans[1] as Person).requestExit();
      await stage.mine(5);
      const seatsAt = (block: bigint): Promise<bigint> => registry.activeSeatsAt(ROLE.Human, block);
      expect(await Promise.all([0n, 1n, 2n, 3n, 4n].map((n) => seatsAt(first + n)))).to.deep.equal([
        before,
        before,
        before - 1n,
        before,
        before - 1n,
      ]);
    });

    it("survive an exit and a return within one block", async () => {
      const { provider } = stage.connection;
      const before = await registry.activeSeatsAt(ROLE.Human, await stage.blockNumber());
      await provider.request({ method: "evm_setAutomine", params: [false] });
      const gasLimit = 500_000n;
      await registry.connect(tasks).lock(TASK, human.address, 950n * TOKEN, { gasLimit });
      await registry
        .connect(tasks)
        .forfeit(TASK, human.address, 950n * TOKEN, 950n * TOKEN, { gasLimit });
      await as(stranger).join(ROLE.Human, minimum, PROFILE, { gasLimit });
      await provider.request({ method: "evm_mine" });
      await provider.request({ method: "evm_setAutomine", params: [true] });
      await stage.mine(1);
      expect(await registry.activeSeatsAt(ROLE.Human, await stage.blockNumber())).to.equal(before);
    });
  });

  describe("authorizeSession", () => {
    const session = keyOf("session");
    const key = computeAddress(session);
    let expiresAt: bigint;
    beforeEach(async () => {
      expiresAt = (await stage.now()) + 1_000n;
    });

    async function signed(
      changes: { key?: string; expiresAt?: bigint; nonce?: bigint } = {},
      by = human,
    ): Promise<string> {
      const grant = {
        validator: human.address,
        key: key.toLowerCase(),
        expiresAt,
        nonce: 0n,
        ...changes,
      };
      return by.key.sign(sessionDigest(stage.registryDomain, grant)).serialized;
    }

    it("relayed by anyone lets the key sign until it expires", async () => {
      await expect(authorizeSession(stage, human, session, expiresAt))
        .to.emit(registry, "SessionAuthorized")
        .withArgs(human.signer, key, expiresAt, 0n);
      const known = await registry.sessionOf(human.address, key);
      expect([known.authorizedAt, known.expiresAt, known.revokedAt]).to.deep.equal([
        await stage.now(),
        expiresAt,
        0n,
      ]);
      expect(await registry.isNonceUsed(human.address, 0n)).to.equal(true);
      expect(await registry.isNonceUsed(human.address, 1n)).to.equal(false);
    });

    it("takes nonces in any order", async () => {
      await authorizeSession(stage, human, keyOf("s7"), expiresAt, 7n);
      await authorizeSession(stage, human, keyOf("s3"), expiresAt, 3n);
    });

    it("for somebody who has not joined is refused", async () => {
      await expect(authorizeSession(stage, stranger, session, expiresAt))
        .to.be.revertedWithCustomError(registry, "NotJoined")
        .withArgs(stranger.signer);
    });

    it("of the wallet's own key is refused", async () => {
      await expect(authorizeSession(stage, human, human.key, expiresAt))
        .to.be.revertedWithCustomError(registry, "SessionKeyIsValidator")
        .withArgs(human.signer);
    });

    it("that is over already is refused", async () => {
      const past = await stage.now();
      await expect(authorizeSession(stage, human, session, past))
        .to.be.revertedWithCustomError(registry, "SessionExpiresInThePast")
        .withArgs(past);
    });

    // guards: contracts/StakeRegistry.sol "if (_nonceUsed[validator][nonce]) revert NonceUsed(validator, nonce);"
    it("with a used nonce is refused", async () => {
      await authorizeSession(stage, human, session, expiresAt);
      await expect(authorizeSession(stage, human, keyOf("other"), expiresAt))
        .to.be.revertedWithCustomError(registry, "NonceUsed")
        .withArgs(human.signer, 0n);
    });

    // guards: contracts/StakeRegistry.sol "if (_sessions[validator][key].authorizedAt != 0) revert SessionAlreadyKnown(validator, key);"
    it("of a key known before is refused, also after it was revoked", async () => {
      await authorizeSession(stage, human, session, expiresAt);
      await as(human).revokeSession(key);
      await expect(authorizeSession(stage, human, session, expiresAt, 1n))
        .to.be.revertedWithCustomError(registry, "SessionAlreadyKnown")
        .withArgs(human.signer, key);
    });

    it("not signed by the wallet over exactly this grant is refused", async () => {
      const send = (signature: string): Promise<unknown> =>
        as(stranger).authorizeSession(human.address, key, expiresAt, 0n, signature);
      for (const signature of [
        await signed({}, stranger),
        await signed({ expiresAt: expiresAt + 1n }),
        await signed({ nonce: 1n }),
        await signed({ key: stranger.address }),
        "0x",
        `${(await signed()).slice(0, -2)}00`,
      ]) {
        await expect(send(signature))
          .to.be.revertedWithCustomError(registry, "BadSessionSignature")
          .withArgs(human.signer);
      }
    });

    it("with a signature for another contract is refused", async () => {
      const grant = { validator: human.address, key: key.toLowerCase(), expiresAt, nonce: 0n };
      const signature = human.key.sign(sessionDigest(stage.tasksDomain, grant)).serialized;
      await expect(
        as(stranger).authorizeSession(human.address, key, expiresAt, 0n, signature),
      ).to.be.revertedWithCustomError(registry, "BadSessionSignature");
    });
  });

  describe("revokeSession", () => {
    const session = keyOf("session");
    const key = computeAddress(session);
    beforeEach(async () => {
      await authorizeSession(stage, human, session, (await stage.now()) + 1_000n);
    });

    async function revocation(nonce: bigint, by = human): Promise<string> {
      const digest = sessionRevocationDigest(stage.registryDomain, {
        validator: human.address,
        key: key.toLowerCase(),
        nonce,
      });
      return by.key.sign(digest).serialized;
    }

    it("by the validator takes effect at once", async () => {
      await expect(as(human).revokeSession(key))
        .to.emit(registry, "SessionRevoked")
        .withArgs(human.signer, key);
      expect((await registry.sessionOf(human.address, key)).revokedAt).to.equal(await stage.now());
    });

    it("by the validator's signature does the same, whoever sends it", async () => {
      await expect(as(stranger).revokeSessionFor(human.address, key, 9n, await revocation(9n)))
        .to.emit(registry, "SessionRevoked")
        .withArgs(human.signer, key);
    });

    it("of a key that was never authorised, or twice, is refused", async () => {
      await expect(as(stranger).revokeSession(key))
        .to.be.revertedWithCustomError(registry, "SessionNotActive")
        .withArgs(stranger.signer, key);
      await as(human).revokeSession(key);
      await expect(as(human).revokeSession(key))
        .to.be.revertedWithCustomError(registry, "SessionNotActive")
        .withArgs(human.signer, key);
    });

    it("by another's signature or with a used nonce is refused", async () => {
      await expect(
        as(stranger).revokeSessionFor(human.address, key, 9n, await revocation(9n, stranger)),
      ).to.be.revertedWithCustomError(registry, "BadSessionSignature");
      await expect(
        as(stranger).revokeSessionFor(human.address, key, 0n, await revocation(0n)),
      ).to.be.revertedWithCustomError(registry, "NonceUsed");
    });
  });
});
