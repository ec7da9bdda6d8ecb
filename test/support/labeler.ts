/** A labeler's devices and the operator that receipts what they sign, without a chain. */
import { Wallet } from "ethers";
import { openingReceiptDigest, signingDomain } from "../../protocol/typed-data.ts";
import type { Hash } from "../../protocol/words.ts";
import type { BallotBox, Judgment, Sealing } from "../../web/judging/ballot-box.ts";
import { emptyBox, signVersion, withJudgment } from "../../web/judging/ballot-box.ts";
import type { JournalHead, JournalSlot } from "../../web/judging/journal.ts";
import type { Choice } from "../../web/judging/verdict.ts";

export const bytes = (byte: string): Hash => `0x${byte.repeat(32)}`;

export const slot: JournalSlot = {
  chainId: 31337n,
  tasks: `0x${"aa".repeat(20)}`,
  taskId: bytes("bb"),
  validator: `0x${"cc".repeat(20)}`,
};
export const master = bytes("dd");
export const session = new Wallet(bytes("11"));
export const operator = new Wallet(bytes("22"));
export const receiptKey = operator.address.toLowerCase();
export const sealing: Sealing = {
  slot,
  master,
  notesSalt: bytes("ee"),
  sessionKey: session.privateKey,
};

export const judgment = (itemIndex: number, choice: Choice = "left"): Judgment => ({
  itemIndex,
  choice,
  firstActionMs: 900,
  totalMs: 4_200,
  guidelineVersion: "1",
});

export const boxOf = (...judgments: readonly Judgment[]): BallotBox =>
  judgments.reduce(withJudgment, emptyBox);

/** Signed, and on its way. */
export const unsentHead = (
  box: BallotBox,
  receipted: BallotBox["judgments"] = box.judgments.slice(0, -1),
  by: Sealing = sealing,
): JournalHead => ({ box, signed: signVersion(box, by), receipted });

export function receiptedHead(box: BallotBox, by: Sealing = sealing): JournalHead {
  const { signed } = unsentHead(box, [], by);
  const domain = signingDomain(slot.chainId, slot.tasks);
  const receiptSignature = operator.signingKey.sign(
    openingReceiptDigest(domain, signed.ballot),
  ).serialized;
  const { ballot: receipt, digest } = signed;
  return { box, signed, receipt: { digest, receipt, receiptSignature }, receipted: box.judgments };
}
