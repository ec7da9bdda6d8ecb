import { expect } from "chai";
import { sql } from "drizzle-orm";
import { followOnce } from "../../indexer/follow-chain.ts";
import { readManifest, readManifests } from "../../indexer/read-manifests.ts";
import { canonicalBytes } from "../../protocol/item.ts";
import { admissionTree } from "../../protocol/manifest.ts";
import { sha256 } from "../../protocol/sha256.ts";
import { ZERO_HASH } from "../../protocol/words.ts";
import type { Blobs } from "../../store/blobs.ts";
import type { TermsOfManifest } from "../../store/chain-writes.ts";
import type { OpenDatabase } from "../../store/database.ts";
import { items, manifests } from "../../store/schema/chain.ts";
import { COMMONS, FEEDBACK_TASKS, MadeChain, STAKE_REGISTRY } from "../support/made-chain.ts";
import { joinLogs, madeHash, madeTask, OPERATOR } from "../support/made-task.ts";
import { databaseKinds, emptyTables } from "../support/postgres.ts";

const task = madeTask("one", 5, 2n);
const terms: TermsOfManifest = {
  taskId: task.taskId,
  manifestHash: sha256(task.manifest),
  itemsRoot: (JSON.parse(new TextDecoder().decode(task.manifest)) as { itemsRoot: string })
    .itemsRoot,
  itemCount: 5,
  humanAdmissionRoot: ZERO_HASH,
  aiAdmissionRoot: ZERO_HASH,
};

const config = {
  contracts: { stakeRegistry: STAKE_REGISTRY, feedbackTasks: FEEDBACK_TASKS, commons: COMMONS },
  startBlock: 0n,
  reorgDepth: 100n,
  maxStretch: 100n,
};

const madeAddress = (n: number): string => `0x${n.toString(16).padStart(40, "0")}`;

function changed(change: object): Uint8Array {
  const manifest = JSON.parse(new TextDecoder().decode(task.manifest)) as object;
  return canonicalBytes({ ...manifest, ...change });
}

describe("reading a manifest", () => {
  it("gives title, guideline and each item's hashes", () => {
    const { manifest, items: found } = readManifest(terms, task.manifest);
    expect(manifest).to.include({ title: "Task one", guidelineVersion: "1", refusal: null });
    expect(found).to.have.length(5);
    expect(found[3]).to.deep.equal({
      taskId: task.taskId,
      itemIndex: 3,
      promptHash: task.items[3]?.prompt,
      outputAHash: task.items[3]?.outputA,
      outputBHash: task.items[3]?.outputB,
    });
  });

  it("says what each role's list was drawn by, if the list is the one the terms bind", () => {
    const drawn = { rule: "settled", minimum: 2, block: 7 } as const;
    const list = { ...drawn, validators: [madeAddress(1), madeAddress(2)] };
    const bytes = changed({ admission: { human: list, ai: { rule: "open" } } });
    const bound = { ...terms, humanAdmissionRoot: admissionTree(list)?.root ?? "" };
    expect(readManifest(bound, bytes).manifest).to.deep.include({
      humanAdmission: drawn,
      aiAdmission: { rule: "open" },
    });
    expect(readManifest(terms, bytes).manifest).to.include({ humanAdmission: null, refusal: null });
    const longer = { ...list, validators: [...list.validators, madeAddress(3)] };
    const padded = changed({ admission: { human: longer, ai: list } });
    expect(readManifest(bound, padded).manifest).to.include({
      humanAdmission: null,
      aiAdmission: null,
    });
  });

  it("puts U+FFFD where a text holds what no column does", () => {
    const manifest = JSON.parse(new TextDecoder().decode(task.manifest)) as object;
    const odd = { ...manifest, title: "a\0b", guideline: { version: "1\ud800", text: "" } };
    const bytes = new TextEncoder().encode(JSON.stringify(odd));
    expect(readManifest(terms, bytes).manifest).to.include({
      title: "a\uFFFDb",
      guidelineVersion: "1\uFFFD",
      refusal: null,
    });
  });

  const refusals: [string, Uint8Array, RegExp][] = [
    ["is not JSON", new TextEncoder().encode("{"), /not JSON/],
    ["is not UTF-8", Uint8Array.of(0x22, 0xff, 0x22), /not JSON/],
    ["is of another format", changed({ format: "other/1" }), /not a manifest/],
    ["lacks an item", changed({ items: task.items.slice(1) }), /4 items, the terms say 5/],
    [
      "has other items than the terms bind",
      changed({ items: [{ ...task.items[0], outputA: madeHash("x") }, ...task.items.slice(1)] }),
      /another root/,
    ],
    ["names an annex by what is no hash", changed({ annexHash: "x" }), /not a 32-byte hash/],
    [
      "has an item's hash that is none",
      changed({ items: [{ ...task.items[0], outputA: "" }, ...task.items.slice(1)] }),
      /not a 32-byte hash/,
    ],
    ["counts more identical items than a task may have", changed({ identical: 2 ** 40 }), /4096/],
  ];
  for (const [what, bytes, reason] of refusals) {
    it(`takes no item from one that ${what}`, () => {
      const { manifest, items: found } = readManifest(terms, bytes);
      expect(found).to.deep.equal([]);
      expect(manifest.refusal).to.match(reason);
    });
  }
});

for (const kind of databaseKinds()) {
  describe(`reading manifests (${kind.name})`, () => {
    let database: OpenDatabase;
    before(async () => {
      await kind.start();
      database = await kind.open();
    });
    after(async () => {
      await database.close();
      await kind.stop();
    });

    it("takes one that comes after its task, once, and lets it go with a reorg", async () => {
      const kept = new Map<string, Uint8Array>();
      const blobs = { get: async (hash: string) => kept.get(hash) } as unknown as Blobs;
      const chain = new MadeChain();
      chain.mine(joinLogs(OPERATOR, 3, 2n));
      chain.mine([task.created]);
      await followOnce(database.db, chain, config);
      expect(await readManifests(database.db, blobs)).to.equal(0);
      expect(await database.db.select().from(manifests)).to.deep.equal([]);

      kept.set(sha256(task.manifest), task.manifest);
      expect(await readManifests(database.db, blobs)).to.equal(1);
      expect(await readManifests(database.db, blobs)).to.equal(0);
      expect(await database.db.select().from(items)).to.have.length(5);

      chain.forkAt(1n);
      chain.mine([]);
      chain.mine([task.created]);
      await followOnce(database.db, chain, config);
      expect(await database.db.select().from(items)).to.deep.equal([]);
      await followOnce(database.db, chain, config);
      expect(await readManifests(database.db, blobs)).to.equal(1);
      expect(await database.db.select().from(items)).to.have.length(5);
    });

    it("leaves none unread because others are missing, or cannot be kept", async () => {
      await emptyTables(database);
      await database.db.execute(
        sql`alter table manifests add constraint unkeepable check (title <> 'Task bad')`,
      );
      const bad = madeTask("bad", 1, 2n);
      const missing = Array.from({ length: 120 }, (_, i) => madeTask(`missing ${i}`, 1, 2n));
      const good = madeTask("good", 1, 2n);
      const kept = new Map([bad, good].map(({ manifest }) => [sha256(manifest), manifest]));
      const blobs = { get: async (hash: string) => kept.get(hash) } as unknown as Blobs;
      const chain = new MadeChain();
      chain.mine(joinLogs(OPERATOR, 3, 2n));
      chain.mine([bad, ...missing, good].map(({ created }) => created));
      await followOnce(database.db, chain, config);
      expect(await readManifests(database.db, blobs)).to.equal(2);
      const rows = await database.db.select().from(manifests);
      expect(rows.map(({ taskId, refusal }) => [taskId, refusal])).to.have.deep.members([
        [bad.taskId, "it cannot be kept"],
        [good.taskId, null],
      ]);
    });
  });
}
