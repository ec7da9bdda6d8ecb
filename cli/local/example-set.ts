/** The example content: pairs written for this project, with the author's opinion of which answer is better. */
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import type { UploadJson } from "../../api/schemas/uploads.ts";
import { ScrutineerError } from "../../protocol/errors.ts";
import type { Address, CanonicalVerdict } from "../../protocol/words.ts";
import type { ApiClient } from "../api-client.ts";
import type { ImportedPart } from "../create-task.ts";

const FILE = fileURLToPath(new URL("../../examples/example-set.jsonl", import.meta.url));

const row = z.looseObject({ better: z.enum(["a", "b", "tie"]) });

export interface ExampleSet {
  /** As the importer takes them. */
  readonly lines: readonly string[];
  /** The better answer of each item, by item index: the items keep the file's order. */
  readonly better: readonly CanonicalVerdict[];
}

const verdictOf = { a: 0, b: 1, tie: 2 } as const;

export async function readExampleSet(): Promise<ExampleSet> {
  const text = await readFile(FILE, "utf8").catch((cause: unknown) => {
    throw new ScrutineerError(
      "file-unreadable",
      `the example set is not at ${FILE}`,
      {},
      { cause },
    );
  });
  const rows = text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => row.parse(JSON.parse(line)));
  return {
    // What labelers must not see does not even reach the importer.
    lines: rows.map(({ better: _, ...pair }) => JSON.stringify(pair)),
    better: rows.map(({ better }) => verdictOf[better]),
  };
}

const GUIDELINE = [
  "Choose the answer that helps the asker more: correct first, then clear, then short.",
  "",
  "- An unsafe or made-up answer loses, however well it is written.",
  "- Choose *tie* when you would be glad of either, or of neither.",
  "- Length alone is no merit.",
].join("\n");

/** Imports the set as one part. `humans`: only these may judge; absent, every human seat. */
export async function uploadExampleSet(
  api: ApiClient,
  { lines }: ExampleSet,
  title: string,
  humans?: readonly Address[],
): Promise<ImportedPart> {
  const options = {
    layout: "pairs",
    // The simulated validators know the items by their place in the file; sides are flipped by the tickets anyway.
    shuffle: false,
    title,
    guideline: GUIDELINE,
    ...(humans === undefined ? {} : { humans }),
  };
  async function* body(): AsyncGenerator<Uint8Array> {
    const utf8 = new TextEncoder();
    yield utf8.encode(`${[JSON.stringify({ options }), ...lines].join("\n")}\n`);
  }
  const upload = await api.upload<UploadJson>("/uploads?layout=pairs", body());
  const [part] = upload.parts;
  if (part === undefined) throw new ScrutineerError("import-empty", "the example set has no items");
  return part;
}
