import { expect } from "chai";
import type { FakeService } from "../support/fake-service.ts";
import { startFakeService } from "../support/fake-service.ts";
import {
  boxOf,
  bytes,
  judgment,
  master,
  receiptedHead,
  receiptKey,
  sealing,
  slot,
  unsentHead,
} from "../support/labeler.ts";
import { memoryJournal } from "../support/memory-journal.ts";
import { signVersion } from "../../web/judging/ballot-box.ts";
import type { Journal, JournalHead } from "../../web/judging/journal.ts";
import { givingUp, unsentIn } from "../../web/judging/journal.ts";
import { newestHead } from "../../web/judging/newest-head.ts";
import { restoreCopy, sendCopy } from "../../web/judging/opening-copies.ts";

const admission = { admissionIndex: 4, admissionProof: [bytes("55")] };
const one = boxOf(judgment(3));
const two = boxOf(judgment(3), judgment(7));
const otherTwo = boxOf(judgment(3), judgment(8, "right-much"));
const itemsOf = (head: JournalHead | undefined): number[] | undefined =>
  head?.box.judgments.map(({ itemIndex }) => itemIndex);

describe("the ballot to go on with", () => {
  let service: FakeService;
  let journal: Journal;
  beforeEach(() => {
    service = startFakeService();
    journal = memoryJournal();
  });
  afterEach(() => service.end());

  const find = (): Promise<JournalHead | undefined> =>
    newestHead({
      ...{ journal, slot, receiptKey, admission, master },
      sign: (box) => signVersion(box, sealing),
      withToken: (ask) => ask("token"),
    });

  it("is none before the first verdict", async () => {
    expect(await find()).to.equal(undefined);
  });

  it("is what this device signed last, receipted or not, if nobody else went on", async () => {
    await journal.writeHead(slot, receiptedHead(one));
    service.received = receiptedHead(one);
    expect((await find())?.receipt).to.not.equal(undefined);
    await journal.writeHead(slot, unsentHead(two));
    expect(unsentIn(await find())?.box).to.deep.equal(two);
    service.received = receiptedHead(two);
    expect(unsentIn(await find())?.box, "its receipt was lost on the way").to.deep.equal(two);
  });

  it("is the other device's where that went on, with its place on the list and all its openings", async () => {
    const elsewhere = memoryJournal();
    for (const box of [one, otherTwo]) await elsewhere.writeHead(slot, receiptedHead(box));
    await sendCopy(elsewhere, slot, master, "token");
    service.received = receiptedHead(otherTwo);

    const head = await find();
    expect(head?.box).to.deep.equal(otherTwo);
    expect(head?.admission).to.deep.equal(admission);
    expect(await journal.readHead(slot)).to.deep.equal(head);
    // The copy made here next takes the place of the other device's.
    await sendCopy(journal, slot, master, "token");
    expect(await restoreCopy(memoryJournal(), slot, master, "token")).to.equal(2);
  });

  it("is the other device's too where the copy was sealed under a secret that is not here", async () => {
    const elsewhere = memoryJournal();
    await elsewhere.writeHead(slot, receiptedHead(otherTwo));
    await sendCopy(elsewhere, slot, bytes("99"), "token");
    service.received = receiptedHead(otherTwo);
    expect((await find())?.box).to.deep.equal(otherTwo);
  });

  describe("given another device's ballot under the number that was signed here", () => {
    beforeEach(async () => {
      await journal.writeHead(slot, receiptedHead(one));
      service.received = receiptedHead(otherTwo);
    });

    it("is that one, and on top of it what was judged here, in a version of its own", async () => {
      await journal.writeHead(slot, unsentHead(two));
      const head = await find();
      expect(itemsOf(head)).to.deep.equal([3, 7, 8]);
      expect(head?.box.version).to.equal(3);
      expect(head?.signed.ballot).to.include({ version: 3, judgments: 3 });
      expect(unsentIn(head)).to.equal(head);
      expect(await journal.readHead(slot)).to.deep.equal(head);
      const rows = await journal.readOpenings(slot);
      expect(rows.map(({ ballot }) => ballot.version)).to.deep.equal([1, 2, 3]);
      expect(rows[1]?.receipt, "the operator's bond answers for it").to.not.equal(undefined);
      expect(unsentIn(await find())?.box, "and stays it").to.deep.equal(head?.box);
    });

    it("loses nothing of that one when what was judged here is given up", async () => {
      await journal.writeHead(slot, unsentHead(two));
      const head = await find();
      expect(head && givingUp(head).box.judgments).to.deep.equal(otherTwo.judgments);
    });

    it("is that one alone where what was judged here had been given up", async () => {
      await journal.writeHead(slot, givingUp(unsentHead(two)));
      expect((await find())?.box).to.deep.equal(otherTwo);
    });

    it("uses no number twice", async () => {
      const four = { version: 4, judgments: boxOf(judgment(3), judgment(7)).judgments };
      await journal.writeHead(slot, givingUp(unsentHead(four)));
      expect((await find())?.box).to.deep.equal({ ...otherTwo, version: 4 });
    });
  });
});
