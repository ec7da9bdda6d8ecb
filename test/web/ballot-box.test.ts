import { expect } from "chai";
import { recoverAddress, Wallet } from "ethers";
import { decodeEntries } from "../../protocol/ballot.ts";
import { commitmentOf } from "../../protocol/commitment.ts";
import type { Notes } from "../../protocol/notes.ts";
import { notesHash } from "../../protocol/notes.ts";
import { openingReceiptDigest, signingDomain } from "../../protocol/typed-data.ts";
import type { Judgment } from "../../web/judging/ballot-box.ts";
import { emptyBox, noteOf, signVersion, withJudgment } from "../../web/judging/ballot-box.ts";
import { restoreHead } from "../../web/judging/restore-head.ts";
import type { Choice } from "../../web/judging/verdict.ts";
import { checkReceipt } from "../../web/judging/verify-receipt.ts";

const judgment = (itemIndex: number, choice: Choice): Judgment => ({
  itemIndex,
  choice,
  firstActionMs: 900,
  totalMs: 4_200,
  guidelineVersion: "1",
});
const bytes = (byte: string): string => `0x${byte.repeat(32)}`;
const session = new Wallet(bytes("11"));
const sealing = {
  slot: {
    chainId: 31337n,
    tasks: `0x${"aa".repeat(20)}`,
    taskId: bytes("bb"),
    validator: `0x${"cc".repeat(20)}`,
  },
  master: bytes("dd"),
  notesSalt: bytes("ee"),
  sessionKey: session.privateKey,
};
const domain = signingDomain(31337n, sealing.slot.tasks);

describe("a growing ballot", () => {
  const first = withJudgment(emptyBox, judgment(7, "left-much"));
  const second = withJudgment(first, judgment(3, "both-bad"));
  const changed = withJudgment(second, judgment(7, "right"));

  it("takes each judgment into a new version, ascending by item", () => {
    expect(second.version).to.equal(2);
    expect(second.judgments.map(({ itemIndex }) => itemIndex)).to.deep.equal([3, 7]);
  });

  it("replaces the judgment on an item judged again, in a new version of the same length", () => {
    expect(changed.version).to.equal(3);
    expect(changed.judgments.map(({ choice }) => choice)).to.deep.equal(["both-bad", "right"]);
  });

  it("is sealed and signed by the session key", () => {
    const { ballot, digest, signature, opening, notes } = signVersion(changed, sealing);
    expect(decodeEntries(opening.entries)).to.deep.equal([
      { itemIndex: 3, verdict: 2 },
      { itemIndex: 7, verdict: 1 },
    ]);
    expect(ballot.commitment).to.equal(commitmentOf({ ...sealing.slot, version: 3 }, opening));
    expect(ballot.judgments).to.equal(2);
    expect(recoverAddress(digest, signature)).to.equal(session.address);
    expect(notesHash(JSON.parse(notes) as Notes)).to.equal(opening.notesHash);
  });

  it("has another salt in every version", () => {
    expect(signVersion(first, sealing).opening.salt).to.not.equal(
      signVersion(second, sealing).opening.salt,
    );
  });

  it("keeps strength and the kind of tie in the notes", () => {
    expect(noteOf(judgment(1, "left-much"))).to.include({ strength: 2 });
    expect(noteOf(judgment(1, "right"))).to.include({ strength: 1 });
    expect(noteOf(judgment(1, "both-good"))).to.include({ tie: "both-good" });
    expect(noteOf(judgment(1, "tie"))).to.not.have.any.keys("tie", "strength");
  });
});

describe("a ballot that grew in another browser", () => {
  const operator = new Wallet(bytes("22"));
  const box = [judgment(7, "left-much"), judgment(3, "both-bad"), judgment(9, "right")].reduce(
    withJudgment,
    emptyBox,
  );
  const signed = signVersion(box, sealing);
  const { taskId: _, ...ballot } = signed.ballot;
  const copy = {
    slot: sealing.slot,
    copy: { ballot, signature: signed.signature, opening: signed.opening },
    notes: signed.notes,
    receiptSignature: operator.signingKey.sign(openingReceiptDigest(domain, signed.ballot))
      .serialized,
    receiptKey: operator.address.toLowerCase(),
  };

  it("is made whole from its opening and notes", () => {
    const head = restoreHead(copy);
    expect(head.box).to.deep.equal(box);
    expect(head.signed).to.deep.equal(signed);
  });

  it("keeps its verdicts where the notes were erased or are not the ones signed", () => {
    for (const notes of [undefined, signed.notes.replace("both-bad", "both-good")]) {
      expect(
        restoreHead({ ...copy, notes }).box.judgments.map(({ choice }) => choice),
      ).to.deep.equal(["tie", "left", "right"]);
    }
  });

  it("is refused when its entries are not those that were signed", () => {
    const opening = { ...signed.opening, entries: "0x00000302" };
    expect(() => restoreHead({ ...copy, copy: { ...copy.copy, opening } })).to.throw(
      "not what you signed",
    );
  });
});

describe("a receipt", () => {
  const operator = new Wallet(bytes("22"));
  const { ballot, digest } = signVersion(withJudgment(emptyBox, judgment(7, "left")), sealing);
  const sign = (receipt: typeof ballot): { receipt: typeof ballot; receiptSignature: string } => ({
    receipt,
    receiptSignature: operator.signingKey.sign(openingReceiptDigest(domain, receipt)).serialized,
  });
  const receiptKey = operator.address.toLowerCase();

  it("is taken when the task's receipt key signed this very version", () => {
    expect(digest).to.match(/^0x[0-9a-f]{64}$/);
    expect(() => checkReceipt(sign(ballot), ballot, domain, receiptKey)).not.to.throw();
  });

  it("is refused for another version, or by another key", () => {
    expect(() =>
      checkReceipt(sign({ ...ballot, version: 9 }), ballot, domain, receiptKey),
    ).to.throw("another version");
    expect(() => checkReceipt(sign(ballot), ballot, domain, bytes("33").slice(0, 42))).to.throw(
      "receipt key",
    );
  });
});
