import { expect } from "chai";
import { boxOf, judgment, receiptedHead, slot, unsentHead } from "../support/labeler.ts";
import { memoryJournal } from "../support/memory-journal.ts";
import { journalBallot } from "../../web/ballots/journal-ballot.ts";
import { givingUp, unsentIn } from "../../web/judging/journal.ts";

const two = boxOf(judgment(3), judgment(7));
const three = boxOf(judgment(3), judgment(7), judgment(9));

describe("the journal of a device", () => {
  it("keeps the box and the opening of every version", async () => {
    const journal = memoryJournal();
    await journal.writeHead(slot, receiptedHead(two));
    await journal.writeHead(slot, receiptedHead(three));
    expect((await journal.readHead(slot))?.box).to.deep.equal(three);
    const versions = (await journal.readOpenings(slot)).map(({ ballot }) => ballot.version);
    expect(versions).to.deep.equal([2, 3]);
    expect((await journal.readNewest(slot))?.ballot.version).to.equal(3);
  });

  it("names the tasks of one validator on one chain", async () => {
    const journal = memoryJournal();
    const other = { ...slot, taskId: `0x${"12".repeat(32)}`, validator: `0x${"34".repeat(20)}` };
    const elsewhere = { ...slot, chainId: 1n, taskId: `0x${"56".repeat(32)}` };
    for (const one of [slot, other, elsewhere]) await journal.writeHead(one, receiptedHead(two));
    expect(await journal.readTaskIds(slot)).to.deep.equal([slot.taskId]);
  });

  describe("given a version that the operator refuses", () => {
    it("still has it to send after the page was opened anew, or to give up", async () => {
      const journal = memoryJournal();
      await journal.writeHead(slot, unsentHead(three));
      const head = await journal.readHead(slot);
      expect(unsentIn(head)).to.equal(head);
      if (head) await journal.writeHead(slot, givingUp(head));
      expect(unsentIn(await journal.readHead(slot))).to.equal(undefined);
    });

    it("goes back to the judgments that were receipted, and uses its number no more", () => {
      expect(givingUp(unsentHead(three)).box).to.deep.equal({ ...two, version: 3 });
    });

    it("brings the version before it to the chain, and knows the opening of both", async () => {
      const journal = memoryJournal();
      const own = journalBallot(journal, slot);
      await journal.writeHead(slot, receiptedHead(two));
      await journal.writeHead(slot, givingUp(unsentHead(three)));
      expect((await own.newest())?.ballot.version).to.equal(2);
      expect((await own.newest())?.receiptSignature).to.match(/^0x[0-9a-f]{130}$/);
      expect((await own.version(3))?.receiptSignature).to.equal(undefined);
    });

    it("brings nothing to the chain where none was receipted", async () => {
      const journal = memoryJournal();
      await journal.writeHead(slot, givingUp(unsentHead(boxOf(judgment(3)))));
      expect(await journalBallot(journal, slot).newest()).to.equal(undefined);
    });
  });
});
