import { spawnSync } from "node:child_process";
import type { SpawnSyncReturns } from "node:child_process";
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { expect } from "chai";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

function setUp(
  root: string,
  parameters: readonly string[],
  env = process.env,
): SpawnSyncReturns<string> {
  return spawnSync(process.execPath, [join(root, "cli", "set-up.mjs"), ...parameters], {
    encoding: "utf8",
    env,
  });
}

describe("set-up", () => {
  it("hands over to a command under the Node of this project, and ends as it ends", () => {
    const script =
      "console.log(process.versions.node.split('.')[0], process.argv[1]); process.exit(7)";
    const done = setUp(ROOT, ["dependencies", "--", "node", "-e", script, "extra"]);
    expect(done.stdout).to.equal("24 extra\n");
    expect(done.status).to.equal(7);
  });

  it("keeps stdout for the command", () => {
    expect(setUp(ROOT, ["dependencies"]).stdout).to.equal("");
  });

  it("says which goal it does not know, and ends with 2", () => {
    const done = setUp(ROOT, ["everything"]);
    expect(done.stderr).to.contain('There is no set-up goal "everything"');
    expect(done.status).to.equal(2);
  });

  it("is executable as `npx scrutineer` finds it", () => {
    expect(statSync(join(ROOT, "cli", "scrutineer.mjs")).mode & 0o111).to.equal(0o111);
  });

  describe("in a bare clone", () => {
    let clone: string;
    beforeEach(() => {
      clone = mkdtempSync(join(tmpdir(), "scrutineer-set-up-"));
      mkdirSync(join(clone, "cli"));
      for (const name of ["package.json", "package-lock.json", "cli/set-up.mjs"])
        copyFileSync(join(ROOT, name), join(clone, name));
    });
    afterEach(() => rmSync(clone, { recursive: true }));

    it("says that npm is missing where it is, and ends with 2", () => {
      const done = setUp(clone, ["dependencies"], { PATH: clone });
      expect(done.stderr).to.contain("npm (with npx) is not on the PATH");
      expect(done.status).to.equal(2);
    });

    it("shows what npm said where npm fails, and leaves no lock behind", () => {
      writeFileSync(join(clone, "npx"), "#!/bin/sh\necho no route to the registry >&2\nexit 1\n", {
        mode: 0o755,
      });
      const done = setUp(clone, ["dependencies"], {
        PATH: `${clone}:${process.env["PATH"] ?? ""}`,
      });
      expect(done.stderr).to.contain("Is the registry reachable");
      expect(done.stderr).to.contain("no route to the registry");
      expect(done.status).to.equal(2);
      expect(readdirSync(join(clone, ".scrutineer"))).to.deep.equal([]);
    });

    it("takes over the lock of a set-up that died", () => {
      const dead = spawnSync(process.execPath, ["-e", ""]).pid;
      mkdirSync(join(clone, ".scrutineer"));
      writeFileSync(join(clone, ".scrutineer", "set-up.lock"), String(dead));
      expect(setUp(clone, ["dependencies"], { PATH: clone }).stderr).to.contain(
        "is not on the PATH",
      );
    });
  });
});
