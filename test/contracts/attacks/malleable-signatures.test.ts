import { expect } from "chai";
import { computeAddress } from "ethers";

import { sessionDigest, sessionRevocationDigest } from "../../../protocol/typed-data.ts";
import type { Hex } from "../../../protocol/words.ts";
import type { Person, Stage } from "../../support/stage.ts";
import {
  acceptanceOf,
  createOpenTask,
  createStage,
  keyOf,
  nextTaskId,
  REFUSAL,
  termsFor,
} from "../../support/stage.ts";
import { castSaying, commitAll, truth } from "./played-task.ts";

/** The order of secp256k1: where (r, s) is a signature, (r, order − s) is one of the same digest by the same key. */
const ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;

const word = (value: bigint): string => value.toString(16).padStart(64, "0");

function otherFormOf(signature: Hex): Hex {
  const s = ORDER - BigInt(`0x${signature.slice(66, 130)}`);
  return `${signature.slice(0, 66)}${word(s)}${signature.endsWith("1b") ? "1c" : "1b"}`;
}

describe("the other form of a signature", () => {
  let stage: Stage;
  let human: Person;

  before(async () => {
    stage = await createStage({ humans: 3, ais: 0 });
    human = stage.humans[0] as Person;
  });

  after(() => stage.close());

  // guards: contracts/libraries/Signatures.sol "ECDSA.tryRecoverCalldata(digest, signature)"
  it("[G6] neither grants nor revokes a session", async () => {
    const key = computeAddress(keyOf("session")).toLowerCase();
    const expiresAt = (await stage.now()) + 1_000n;
    const domain = stage.registryDomain;
    const grant = { validator: human.address, key, expiresAt, nonce: 0n };
    const granted = human.key.sign(sessionDigest(domain, grant)).serialized;
    const authorize = (signature: Hex): ReturnType<typeof stage.registry.authorizeSession> =>
      stage.registry.authorizeSession(human.address, key, expiresAt, 0n, signature);
    await expect(authorize(otherFormOf(granted))).to.be.revertedWithCustomError(
      stage.registry,
      "BadSessionSignature",
    );
    await authorize(granted);

    const revocation = { validator: human.address, key, nonce: 1n };
    const revoked = human.key.sign(sessionRevocationDigest(domain, revocation)).serialized;
    await expect(
      stage.registry.revokeSessionFor(human.address, key, 1n, otherFormOf(revoked)),
    ).to.be.revertedWithCustomError(stage.registry, "BadSessionSignature");
    await stage.registry.revokeSessionFor(human.address, key, 1n, revoked);
  });

  // guards: contracts/libraries/Signatures.sol "ECDSA.tryRecoverCalldata(digest, signature)"
  it("[G3] accepts no task", async () => {
    const terms = await termsFor(stage);
    const acceptance = acceptanceOf(stage, await nextTaskId(stage, terms));
    const tasks = stage.tasks.connect(stage.requester.signer);
    await expect(tasks.createTask(terms, otherFormOf(acceptance))).to.be.revertedWithCustomError(
      stage.tasks,
      "BadOperatorAcceptance",
    );
    await tasks.createTask(terms, acceptance);
  });

  // guards: contracts/FeedbackTasks.sol "ECDSA.tryRecover(digest, ballot.r, ballot.vs)"
  it("[G6] carries no ballot: 255 bits hold the lower s alone", async () => {
    const task = await createOpenTask(stage, { itemCount: 12 });
    const made = castSaying(stage, task, human, truth);
    const vs = BigInt(String(made.signed.vs));
    const s = vs & (2n ** 255n - 1n);
    const parity = vs >> 255n;
    for (const other of [ORDER - s, (ORDER - s) ^ (1n << 255n), s | ((1n - parity) << 255n)]) {
      const signed = { ...made.signed, vs: `0x${word(other)}` };
      expect(await commitAll(stage, task, [{ ...made, signed }])).to.deep.equal([
        REFUSAL.BadSignature,
      ]);
    }
    expect(await commitAll(stage, task, [made])).to.deep.equal([REFUSAL.None]);
  });
});
