/** Golds as a requester writes them down: JSONL, one a line, an item by its place in the file of pairs. */
import { gunzipSync } from "node:zlib";
import { z } from "zod";
import { ScrutineerError } from "../protocol/errors.ts";
import type { Gold } from "../protocol/gold.ts";
import { readable, readBytes, readText } from "./read-file.ts";

/** A: the first of the line's two answers, B: the second, as the file of pairs has them. */
export const goldAnswer = z
  .enum(["A", "B"])
  .transform((answer): Gold["answer"] => (answer === "A" ? 0 : 1));

/** `{"itemIndex": n, "answer": "A"}`; the first pair of the file is 0. */
const goldLine = z.strictObject({ itemIndex: z.int().min(0), answer: goldAnswer });

export function readGoldsFile(file: string): Promise<Gold[]> {
  return readJsonLines(file, goldLine);
}

/** Plain or gzipped. Every line that is not blank; the first malformed one ends the reading with its number and reason. */
export async function readJsonLines<Schema extends z.ZodType>(
  file: string,
  schema: Schema,
): Promise<z.output<Schema>[]> {
  const lines = (await readPlainOrGzipped(file)).split("\n");
  return lines
    .map((text, index) => ({ text, index }))
    .filter(({ text }) => text.trim() !== "")
    .map(({ text, index }) => parseLine(text, schema, `${file}, line ${index + 1}`));
}

async function readPlainOrGzipped(file: string): Promise<string> {
  if (!file.endsWith(".gz")) return readText(file);
  const bytes = await readBytes(file);
  return readable(file, () => Promise.resolve(gunzipSync(bytes).toString("utf8")));
}

function parseLine<Schema extends z.ZodType>(
  text: string,
  schema: Schema,
  where: string,
): z.output<Schema> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new ScrutineerError("gold-invalid", `${where}: not a JSON object`);
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new ScrutineerError(
    "gold-invalid",
    `${where}: ${issue?.path.join(".") || "gold"}: ${issue?.message ?? "is malformed"}`,
  );
}
