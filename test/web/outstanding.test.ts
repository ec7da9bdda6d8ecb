import { expect } from "chai";
import { boxOf, judgment, receiptedHead, session, slot, unsentHead } from "../support/labeler.ts";
import type { JournalHead } from "../../web/judging/journal.ts";
import { givingUp } from "../../web/judging/journal.ts";
import { outstandingIn } from "../../web/judging/outstanding.ts";

const box = boxOf(judgment(3), judgment(7));
const key = session.address.toLowerCase();

describe("what goes on its way before the next pair", () => {
  const find = (
    head: JournalHead | undefined,
    { sessionKey = key, validator = slot.validator, revoked = false } = {},
  ): Promise<string> =>
    outstandingIn(head, { sessionKey, validator, isRevoked: () => Promise.resolve(revoked) });
  const newKey = { sessionKey: `0x${"77".repeat(20)}` };

  it("is nothing where the newest version has its receipt, or was given up, or there is none", async () => {
    expect(await find(undefined)).to.equal("nothing");
    expect(await find(receiptedHead(box))).to.equal("nothing");
    expect(await find(givingUp(unsentHead(box)))).to.equal("nothing");
  });

  it("is the version without a receipt", async () => {
    expect(await find(unsentHead(box))).to.equal("send");
  });

  it("is the same said anew where an earlier session signed what has no receipt", async () => {
    expect(await find(unsentHead(box), newKey)).to.equal("sign anew");
  });

  it("is the same said anew where the session was revoked under a receipt: nobody else could commit it", async () => {
    expect(await find(receiptedHead(box), newKey)).to.equal("nothing");
    expect(await find(receiptedHead(box), { ...newKey, revoked: true })).to.equal("sign anew");
    const left = givingUp(unsentHead(box));
    expect(await find(left, { ...newKey, revoked: true })).to.equal("sign anew");
  });

  it("is left to the wallet where the wallet itself had signed", async () => {
    const byWallet = { ...newKey, validator: key, revoked: true };
    expect(await find(receiptedHead(box), byWallet)).to.equal("nothing");
    expect(await find(unsentHead(box), byWallet)).to.equal("send");
  });
});
