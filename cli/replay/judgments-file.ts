import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import { createGunzip } from "node:zlib";
import { z } from "zod";
import { ScrutineerError } from "../../protocol/errors.ts";

const message = z.object({ role: z.string().min(1), content: z.string() });

/** One row of the "battles" layout of the public MT-Bench and Chatbot Arena judgments. */
const judgmentRow = z.object({
  question_id: z.union([z.number().int(), z.string().min(1)]),
  turn: z.number().int().min(1),
  model_a: z.string().min(1),
  model_b: z.string().min(1),
  winner: z.enum(["model_a", "model_b", "tie", "tie (inconsistent)"]),
  judge: z.string().min(1),
  conversation_a: z.array(message).min(1),
  conversation_b: z.array(message).min(1),
  language: z.string().optional(),
  category: z.string().optional(),
});

export type JudgmentRow = z.infer<typeof judgmentRow>;

function parseRow(line: string, file: string, lineNumber: number): JudgmentRow {
  const where = { file, line: lineNumber };
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw new ScrutineerError(
      "import-json-invalid",
      `${file}, line ${lineNumber}: not a JSON object`,
      where,
    );
  }
  const row = judgmentRow.safeParse(value);
  if (row.success) return row.data;
  const issue = row.error.issues[0];
  throw new ScrutineerError(
    "import-field-invalid",
    `${file}, line ${lineNumber}: ${issue?.path.join(".") ?? "row"}: ${issue?.message ?? "is malformed"}`,
    where,
  );
}

/**
 * Reads judgments people (or models) have already given, one JSON object a line, plain or gzipped.
 * Rows keep the file's order. The first malformed row ends the reading with its line and reason.
 */
export async function readJudgmentsFile(file: string): Promise<JudgmentRow[]> {
  const raw = createReadStream(file);
  const text = file.endsWith(".gz") ? raw.pipe(createGunzip()) : raw;
  // a pipe does not hand its source's errors on: a missing file would otherwise end the process
  const failed = new Promise<never>((_, reject) => {
    for (const stream of [raw, text]) {
      stream.once("error", (cause: Error) => {
        reject(new ScrutineerError("file-unreadable", `${file}: ${cause.message}`, { file }));
      });
    }
  });
  const read = (async () => {
    const rows: JudgmentRow[] = [];
    let lineNumber = 0;
    for await (const line of createInterface({ input: text, crlfDelay: Infinity })) {
      lineNumber += 1;
      if (line.trim() !== "") rows.push(parseRow(line, file, lineNumber));
    }
    return rows;
  })();
  return Promise.race([read, failed]);
}
