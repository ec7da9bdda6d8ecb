import { expect } from "chai";
import type { FakeService } from "../support/fake-service.ts";
import { startFakeService } from "../support/fake-service.ts";
import { boxOf, judgment, master, receiptedHead, slot } from "../support/labeler.ts";
import { memoryJournal } from "../support/memory-journal.ts";
import { fingerprintOf } from "../../protocol/commitment.ts";
import { restoreOpening } from "../../web/ballots/restore-opening.ts";
import type { Journal, JournalHead } from "../../web/judging/journal.ts";
import { sendCopy } from "../../web/judging/opening-copies.ts";

const copied = receiptedHead(boxOf(judgment(3), judgment(7)));
const newest = receiptedHead(boxOf(judgment(3), judgment(7), judgment(9)));

describe("the opening of what another device put on chain", () => {
  let service: FakeService;
  let journal: Journal;
  beforeEach(async () => {
    service = startFakeService();
    journal = memoryJournal();
    const elsewhere = memoryJournal();
    await elsewhere.writeHead(slot, copied);
    await sendCopy(elsewhere, slot, master, "token");
  });
  afterEach(() => service.end());

  const restore = (onChain: JournalHead): Promise<void> => {
    const { version, commitment } = onChain.signed.ballot;
    const fingerprint = fingerprintOf(commitment);
    const record = { version, fingerprint, unfundedVersion: 0, opened: false };
    return restoreOpening({ journal, slot, record, master, token: "token" });
  };
  const kept = async (version: number): Promise<unknown> =>
    (await journal.readOpening(slot, version))?.opening;

  it("comes from the copy", async () => {
    await restore(copied);
    expect(await kept(2)).to.deep.equal(copied.signed.opening);
  });

  it("comes from the operator where the copy is of an earlier version", async () => {
    service.received = newest;
    await restore(newest);
    expect(await kept(3)).to.deep.equal(newest.signed.opening);
  });

  it("is not taken from the operator where it is not what is on chain", async () => {
    service.received = receiptedHead(boxOf(judgment(3), judgment(7), judgment(8)));
    const failure = await restore(newest).catch((error: unknown) => error);
    expect(failure).to.include({ code: "copy-unknown" });
    expect(await kept(3)).to.equal(undefined);
  });

  it("is said to be lost, with what that costs, where nobody has it", async () => {
    service.copy = undefined;
    const failure = await restore(newest).catch((error: unknown) => error);
    expect(failure).to.include({ code: "copy-unknown" });
    expect(String(failure)).to.match(/Version 3.*lock is lost/);
  });
});
