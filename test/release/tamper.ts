/** Copies of a release folder with something changed, by a clumsy hand or by one that fixes every checksum. */
import { createHash } from "node:crypto";
import { cpSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { StandardMerkleTree } from "@openzeppelin/merkle-tree";
import { fileWriter } from "hyparquet-writer";
import { cardOf } from "../../release/card.ts";
import { columnsOf, configNames } from "../../release/columns.ts";
import type { ConfigName } from "../../release/columns.ts";
import { writeParquetRows } from "../../release/parquet.ts";
import type { Row } from "../../release/rows.ts";
import type { ReleaseManifest } from "../../release/summary.ts";

export type Json = Record<string, unknown>;

export class Copy {
  readonly folder: string;

  constructor(original: string) {
    this.folder = mkdtempSync(join(tmpdir(), "scrutineer-tampered-"));
    cpSync(original, this.folder, { recursive: true });
  }

  text(path: string): string {
    return readFileSync(join(this.folder, path), "utf8");
  }

  write(path: string, bytes: string | Uint8Array): void {
    writeFileSync(join(this.folder, path), bytes);
  }

  lines(path: string): Json[] {
    return this.text(path)
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line) as Json);
  }

  /** Lines as they were but for what `change` does; keys keep their order. */
  editLines(path: string, change: (lines: Json[]) => Json[] | void): void {
    const lines = this.lines(path);
    const edited = change(lines) ?? lines;
    this.write(path, edited.map((line) => `${JSON.stringify(line)}\n`).join(""));
  }

  editManifest(change: (manifest: Json) => void): void {
    const manifest = JSON.parse(this.text("manifest.json")) as Json;
    change(manifest);
    this.write("manifest.json", `${JSON.stringify(manifest, null, 2)}\n`);
  }

  /** Writes a config's Parquet file anew from its JSONL. */
  rewriteParquet(config: ConfigName): void {
    const path = join(this.folder, config, `${config}.parquet`);
    const rows = writeParquetRows(fileWriter(path), columnsOf[config]);
    for (const row of this.lines(`${config}/${config}.jsonl`)) rows.write(row as Row, 100);
    rows.finish();
  }

  /** What a thorough tamperer does: Parquet, counts, root, card, sizes and sha-256 all agree again. */
  coverUp(): void {
    const leaves: [string][] = [];
    for (const config of configNames) {
      this.rewriteParquet(config);
      for (const line of this.text(`${config}/${config}.jsonl`).split("\n")) {
        if (line !== "") leaves.push([sha256(Buffer.from(line))]);
      }
    }
    this.editManifest((manifest) => {
      manifest["root"] = StandardMerkleTree.of(leaves, ["bytes32"]).root;
      manifest["rows"] = Object.fromEntries(
        configNames.map((config) => [config, this.lines(`${config}/${config}.jsonl`).length]),
      );
    });
    const manifest = JSON.parse(this.text("manifest.json")) as ReleaseManifest;
    this.write("README.md", cardOf(manifest));
    this.editManifest((edited) => {
      for (const file of edited["files"] as Json[]) {
        const path = join(this.folder, file["path"] as string);
        file["bytes"] = statSync(path).size;
        file["sha256"] = sha256(readFileSync(path));
      }
    });
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

export function sha256(bytes: Uint8Array): string {
  return `0x${createHash("sha256").update(bytes).digest("hex")}`;
}
