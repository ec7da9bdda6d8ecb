import { access, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { signFile } from "../../../cli/receipts/sign-file.ts";
import { keccak256Text } from "../../../protocol/keccak.ts";
import { signingDomain } from "../../../protocol/typed-data.ts";

describe("Signing a file of pairs", () => {
  let dir: string;
  let source: string;
  let target: string;
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), "scrutineer-sign-"));
    [source, target] = [join(dir, "pairs.jsonl"), join(dir, "signed.jsonl")];
  });
  afterEach(() => rm(dir, { recursive: true }));

  const good = JSON.stringify({ prompt: "1 + 1?", response_a: "2", response_b: "3" });
  /** What went wrong; undefined where nothing did. */
  async function sign(): Promise<unknown> {
    const domain = signingDomain(31_337n, `0x${"a9".repeat(20)}`);
    const options = { domain, layout: "pairs", models: new Map(), generatedAt: 1 } as const;
    return signFile(source, target, { ...options, drawSalt: () => keccak256Text("salt") }).then(
      () => undefined,
      (error: unknown) => (error as { code?: unknown }).code,
    );
  }

  it("that fails in the middle leaves nothing, so that the next try is free to write", async () => {
    await writeFile(source, `${good}\nno JSON\n`);
    expect(await sign()).to.equal("import-rows-bad");
    expect(await access(target).catch((error: Error) => error)).to.include({ code: "ENOENT" });
    await writeFile(source, `${good}\n`);
    expect(await sign()).to.equal(undefined);
    expect((await readFile(target, "utf8")).split("\n")).to.have.length(3);
  });

  it("never writes over what is there", async () => {
    await writeFile(source, `${good}\n`);
    await writeFile(target, "somebody's work");
    expect(await sign()).to.equal("file-exists");
    expect(await readFile(target, "utf8")).to.equal("somebody's work");
  });

  it("says which folder cannot be written to", async () => {
    await writeFile(source, `${good}\n`);
    target = join(dir, "no", "folder", "signed.jsonl");
    expect(await sign()).to.equal("file-unreadable");
  });
});
