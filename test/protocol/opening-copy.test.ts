import { expect } from "chai";
import fc from "fast-check";
import type { Opening } from "../../protocol/ballot.ts";
import { encodeEntries } from "../../protocol/ballot.ts";
import { deriveSalt } from "../../protocol/commitment.ts";
import { changeBetween, entriesAfter } from "../../protocol/entries-change.ts";
import { isScrutineerError } from "../../protocol/errors.ts";
import { keccak256Text } from "../../protocol/keccak.ts";
import type { CopySlot, OpeningCopy } from "../../protocol/opening-copy.ts";
import { openCopy, openingIn, sealCopy } from "../../protocol/opening-copy.ts";
import type { Hex } from "../../protocol/words.ts";
import { ZERO_HASH } from "../../protocol/words.ts";

const slot: CopySlot = {
  chainId: 31_337n,
  tasks: `0x${"a2".repeat(20)}`,
  taskId: keccak256Text("task"),
  validator: `0x${"b1".repeat(20)}`,
};
const master = keccak256Text("master");
const nonce = new Uint8Array(12).fill(7);

/** Packed entries of any ballot on a dozen items. */
const entries = fc
  .dictionary(fc.integer({ min: 0, max: 11 }).map(String), fc.constantFrom(0, 1, 2))
  .map((verdicts) =>
    encodeEntries(
      Object.entries(verdicts)
        .map(([item, verdict]) => ({ itemIndex: Number(item), verdict: verdict }))
        .sort((one, other) => one.itemIndex - other.itemIndex),
    ),
  );

/** A copy of these versions, numbered from 1. */
function copyOf(versions: readonly Hex[]): OpeningCopy {
  return {
    versions: versions.map((after, i) => ({
      version: i + 1,
      notesHash: ZERO_HASH,
      ...changeBetween(versions[i - 1] ?? "0x", after),
    })),
    newest: { version: Math.max(1, versions.length), signature: `0x${"11".repeat(65)}` },
  };
}

describe("A copy of openings with a service", () => {
  it("gives back every version's opening, however the ballot changed from one to the next", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(entries, { minLength: 1, maxLength: 8 }), async (versions) => {
        const copy = await openCopy(
          await sealCopy(copyOf(versions), slot, master, nonce),
          slot,
          master,
        );
        const openings = versions.map((_, i) => openingIn(copy, i + 1, slot, master));
        const expected: Opening[] = versions.map((packed, i) => ({
          entries: packed,
          salt: deriveSalt(master, slot.taskId, i + 1),
          notesHash: ZERO_HASH,
        }));
        expect(openings).to.deep.equal(expected);
        expect(openingIn(copy, versions.length + 1, slot, master)).to.equal(undefined);
      }),
      { numRuns: 30 },
    );
  });

  it("shows the service no verdict: it is unreadable under another secret", async () => {
    const sealed = await sealCopy(copyOf(["0x00000001"]), slot, master, nonce);
    expect(Buffer.from(sealed).toString("latin1")).not.to.include("00000001");
    await refused(openCopy(sealed, slot, keccak256Text("another secret")));
  });

  it("cannot be passed off as another ballot's, nor changed", async () => {
    const sealed = await sealCopy(copyOf(["0x00000001"]), slot, master, nonce);
    await refused(openCopy(sealed, { ...slot, taskId: keccak256Text("other") }, master));
    await refused(openCopy(sealed, { ...slot, validator: `0x${"b2".repeat(20)}` }, master));
    await refused(openCopy(sealed, { ...slot, tasks: `0x${"a3".repeat(20)}` }, master));
    await refused(openCopy(sealed, { ...slot, chainId: 1n }, master));
    for (const at of [0, 1, 20, sealed.length - 1]) {
      const touched = sealed.map((byte, i) => (i === at ? byte ^ 1 : byte));
      await refused(openCopy(touched, slot, master));
    }
  });

  async function refused(opening: Promise<unknown>): Promise<void> {
    const error = await opening.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(isScrutineerError(error, "copy-unreadable"), String(error)).to.equal(true);
  }
});

describe("A change between two versions", () => {
  it("holds what is new, what says something else, and what was taken back", () => {
    const before = "0x000001000000020100000302";
    const after = "0x000001000000020200000400";
    expect(changeBetween(before, after)).to.deep.equal({
      set: "0x0000020200000400",
      removed: [3],
    });
    expect(entriesAfter([changeBetween("0x", before), changeBetween(before, after)])).to.equal(
      after,
    );
  });
});
