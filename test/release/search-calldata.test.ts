import { expect } from "chai";
import { AbiCoder, Wallet, concat, keccak256, toBeHex, toUtf8Bytes } from "ethers";
import { IFeedbackTasks__factory, Relay__factory } from "../../bindings/index.ts";
import { encodeEntries } from "../../protocol/ballot.ts";
import type { Opening } from "../../protocol/ballot.ts";
import { commitmentOf } from "../../protocol/commitment.ts";
import { toCompact } from "../../protocol/signature.ts";
import { ballotDigest, ballotTypes, signingDomain } from "../../protocol/typed-data.ts";
import { findOpening, findSignature } from "../../release/search-calldata.ts";

describe("What a transaction's data shows of a ballot", () => {
  const chainId = 31_337n;
  const tasks = `0x${"7a".repeat(20)}`;
  const domain = signingDomain(chainId, tasks);
  const taskId = hashOf("task");
  const contract = IFeedbackTasks__factory.createInterface();
  const relay = Relay__factory.createInterface();
  const people = Array.from({ length: 5 }, (_, i) => makeBallot(i));
  const [first] = people as [Made];

  function hashOf(text: string): string {
    return keccak256(toUtf8Bytes(text));
  }

  function makeBallot(i: number) {
    const wallet = new Wallet(hashOf(`person ${i}`));
    const validator = wallet.address.toLowerCase();
    const slot = { chainId, tasks, taskId, validator, version: i + 1 };
    const opening: Opening = {
      entries: encodeEntries(
        Array.from({ length: i + 1 }, (_, n) => ({ itemIndex: n, verdict: 1 })),
      ),
      salt: hashOf(`salt ${i}`),
      notesHash: hashOf(`notes ${i}`),
    };
    const commitment = commitmentOf(slot, opening);
    const ballot = { taskId, validator, version: i + 1, judgments: i + 1, commitment };
    const digest = ballotDigest(domain, ballot);
    const signature = wallet.signingKey.sign(digest).serialized;
    return { slot, opening, ballot, digest, signature, signer: validator };
  }
  type Made = ReturnType<typeof makeBallot>;

  function commitOf(made: readonly Made[], task = taskId): string {
    const ballots = made.map(({ ballot, signature }, i) => ({
      ...ballot,
      admissionIndex: i,
      admissionProof: Array.from({ length: i }, (_, n) => hashOf(`proof ${n}`)),
      ...toCompact(signature),
    }));
    return contract.encodeFunctionData("commit", [task, ballots]);
  }

  function revealOf(made: readonly Made[], task = taskId): string {
    const openings = made.map(({ ballot, opening }) => ({
      validator: ballot.validator,
      ...opening,
    }));
    return contract.encodeFunctionData("reveal", [task, openings]);
  }

  const signatureIn = (data: string, { ballot, digest, signer }: Made): string | undefined =>
    findSignature(data, ballot, digest, signer);
  const openingIn = (data: string, { slot, ballot }: Made): Opening | undefined =>
    findOpening(data, slot, ballot.commitment);

  it("is the signature and the opening of a single call", async () => {
    expect(signatureIn(commitOf([first]), first)).to.equal(first.signature);
    expect(openingIn(revealOf([first]), first)).to.deep.equal(first.opening);
    const { taskId: _, ...signed } = first.ballot;
    const typed = await new Wallet(hashOf("person 0")).signTypedData(domain, ballotTypes, {
      taskId,
      ...signed,
    });
    expect(typed, "the digest is what a wallet signs").to.equal(first.signature);
  });

  it("is each one among many of a batch", () => {
    for (const made of people) {
      expect(signatureIn(commitOf(people), made)).to.equal(made.signature);
      expect(openingIn(revealOf(people), made)).to.deep.equal(made.opening);
    }
  });

  it("is there in a call that another contract forwards, and after others in one transaction", () => {
    const others = people.slice(1);
    const forwarded = relay.encodeFunctionData("forward", [tasks, commitOf([first])]);
    expect(signatureIn(forwarded, first)).to.equal(first.signature);
    const many = AbiCoder.defaultAbiCoder().encode(
      ["bytes[]"],
      [[commitOf(others), revealOf(others), commitOf([first]), revealOf([first])]],
    );
    expect(signatureIn(many, first)).to.equal(first.signature);
    expect(openingIn(many, first)).to.deep.equal(first.opening);
  });

  it("is nothing where the call is about another task, another ballot, or not there at all", () => {
    const other = hashOf("another task");
    expect(signatureIn(commitOf([first], other), first)).to.equal(undefined);
    expect(openingIn(revealOf([first], other), first)).to.equal(undefined);
    expect(signatureIn(commitOf(people.slice(1)), first)).to.equal(undefined);
    expect(openingIn(revealOf(people.slice(1)), first)).to.equal(undefined);
    expect(signatureIn("0x", first)).to.equal(undefined);
    expect(openingIn(relay.encodeFunctionData("sendKept", [tasks]), first)).to.equal(undefined);
  });

  it("is no signature by anybody else, and no opening of another commitment", () => {
    const [, second] = people as [Made, Made];
    const forged = { ...first, signature: second.signature };
    expect(signatureIn(commitOf([forged]), first)).to.equal(undefined);
    const swapped = { ...first, opening: second.opening };
    expect(openingIn(revealOf([swapped]), first)).to.equal(undefined);
    expect(signatureIn(commitOf([forged, first]), first), "the true one stands behind").to.equal(
      first.signature,
    );
  });

  it("is looked for in cut or hostile data without end or error", () => {
    const commit = commitOf(people);
    for (let cut = 2; cut < commit.length; cut += 62) signatureIn(commit.slice(0, cut), first);
    const reveal = revealOf(people);
    for (let cut = 2; cut < reveal.length; cut += 62) openingIn(reveal.slice(0, cut), first);

    // Two thousand offsets to one element whose entries are all that follows.
    const word = (value: bigint): string => toBeHex(value, 32);
    const count = 2_000n;
    const hostile = concat([
      contract.getFunction("reveal").selector,
      taskId,
      word(64n),
      word(count),
      ...Array.from({ length: Number(count) }, () => word(32n * count)),
      word(BigInt(first.ballot.validator)),
      word(1n),
      word(1n),
      word(128n),
      word(60_000n),
      `0x${"00".repeat(60_000)}`,
    ]);
    expect(openingIn(hostile, first)).to.equal(undefined);
    const endless = concat(Array.from({ length: 1_000 }, () => hostile.slice(0, 2 + 2 * 100)));
    expect(openingIn(endless, first)).to.equal(undefined);
  });
});
