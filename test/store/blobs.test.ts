import { expect } from "chai";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sha256 } from "../../protocol/sha256.ts";
import { openBlobs, type Blobs } from "../../store/blobs.ts";

const BYTES = new TextEncoder().encode("an answer");

describe("blobs", () => {
  let folder: string;
  let blobs: Blobs;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "scrutineer-blobs-"));
    blobs = openBlobs(folder);
  });
  afterEach(() => rm(folder, { recursive: true }));

  it("keep bytes under their sha-256, however often they are put", async () => {
    const hashes = await Promise.all([blobs.put(BYTES), blobs.put(BYTES), blobs.put(BYTES)]);
    expect(new Set(hashes)).to.deep.equal(new Set([sha256(BYTES)]));
    expect(await blobs.get(sha256(BYTES))).to.deep.equal(BYTES);
    expect(await blobs.size(sha256(BYTES))).to.equal(BYTES.length);
    expect(await blobs.has(sha256(BYTES))).to.equal(true);
  });

  it("answer undefined for what is absent or removed", async () => {
    const hash = await blobs.put(BYTES);
    await blobs.remove(hash);
    expect(await blobs.get(hash)).to.equal(undefined);
    expect(await blobs.size(hash)).to.equal(undefined);
    expect(await blobs.has(hash)).to.equal(false);
  });

  it("refuse bytes that are no longer what they were", async () => {
    const hash = await blobs.put(BYTES);
    await writeFile(join(folder, hash.slice(2, 4), hash.slice(4)), "another answer");
    const error = await blobs.get(hash).catch((reason: unknown) => reason);
    expect(error).to.have.property("code", "content-mismatch");
  });
});
