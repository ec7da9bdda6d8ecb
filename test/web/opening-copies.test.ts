import { expect } from "chai";
import type { FakeService } from "../support/fake-service.ts";
import { startFakeService } from "../support/fake-service.ts";
import {
  boxOf,
  bytes,
  judgment,
  master,
  receiptedHead,
  slot,
  unsentHead,
} from "../support/labeler.ts";
import { memoryJournal } from "../support/memory-journal.ts";
import type { Journal } from "../../web/judging/journal.ts";
import { givingUp } from "../../web/judging/journal.ts";
import { restoreCopy, sendCopy } from "../../web/judging/opening-copies.ts";

const one = boxOf(judgment(3));
const two = boxOf(judgment(3), judgment(7));
const otherTwo = boxOf(judgment(3), judgment(8, "right"));

describe("the copy of a device's openings", () => {
  let service: FakeService;
  beforeEach(() => (service = startFakeService()));
  afterEach(() => service.end());

  async function copied(
    ...heads: readonly Parameters<Journal["writeHead"]>[1][]
  ): Promise<Journal> {
    const journal = memoryJournal();
    for (const head of heads) await journal.writeHead(slot, head);
    await sendCopy(journal, slot, master, "token");
    return journal;
  }
  const entriesOf = async (journal: Journal, version: number): Promise<string | undefined> =>
    (await journal.readOpening(slot, version))?.opening.entries;

  it("gives another device the opening of every version, given up ones too", async () => {
    const refused = boxOf(judgment(3), judgment(7), judgment(9));
    await copied(receiptedHead(one), receiptedHead(two), givingUp(unsentHead(refused)));
    expect(service.copy?.version).to.equal(2);
    const journal = memoryJournal();
    expect(await restoreCopy(journal, slot, master, "token")).to.equal(3);
    for (const box of [one, two, refused]) {
      const { opening } = unsentHead(box).signed;
      expect((await journal.readOpening(slot, box.version))?.opening).to.deep.equal(opening);
    }
    expect(await restoreCopy(journal, slot, master, "token"), "again").to.equal(0);
  });

  it("takes the place of another ballot of the same number that the operator never took", async () => {
    await copied(receiptedHead(two));
    const journal = memoryJournal();
    await journal.writeHead(slot, unsentHead(otherTwo));
    expect(await restoreCopy(journal, slot, master, "token")).to.equal(1);
    expect(await entriesOf(journal, 2)).to.equal(receiptedHead(two).signed.opening.entries);
  });

  it("leaves a receipted one, unless the copy's is what is on chain", async () => {
    await copied(receiptedHead(two));
    const journal = memoryJournal();
    await journal.writeHead(slot, receiptedHead(otherTwo));
    expect(await restoreCopy(journal, slot, master, "token")).to.equal(0);
    const { commitment } = receiptedHead(two).signed.ballot;
    const isOnChain = (ballot: { commitment: string }): boolean => ballot.commitment === commitment;
    expect(await restoreCopy(journal, slot, master, "token", isOnChain)).to.equal(1);
    expect(await entriesOf(journal, 2)).to.equal(receiptedHead(two).signed.opening.entries);
  });

  it("is read under the labeler's own secret alone", async () => {
    await copied(receiptedHead(two));
    const reading = restoreCopy(memoryJournal(), slot, bytes("99"), "token");
    expect(await reading.catch((error: unknown) => error)).to.include({ code: "copy-unreadable" });
  });
});
