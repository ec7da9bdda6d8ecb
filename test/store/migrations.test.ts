import { expect } from "chai";
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const KIT = join(ROOT, "node_modules/drizzle-kit/bin.cjs");

describe("the migrations", () => {
  it("lay out what the schema files say (write them anew with drizzle-kit generate --name initial)", async () => {
    const folder = await mkdtemp(join(tmpdir(), "scrutineer-migrations-"));
    await promisify(execFile)(
      process.execPath,
      [
        KIT,
        "generate",
        "--dialect=postgresql",
        "--casing=snake_case",
        "--schema=./store/schema/*.ts",
        `--out=${relative(ROOT, folder)}`,
        "--name=initial",
      ],
      { cwd: ROOT },
    );
    const read = (file: string): string => readFileSync(file, "utf8");
    expect(read(join(folder, "0000_initial.sql"))).to.equal(
      read(join(ROOT, "store/migrations/0000_initial.sql")),
    );
    await rm(folder, { recursive: true });
  });
});
