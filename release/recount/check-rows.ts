/**
 * The files against lines drawn anew from recounted tasks: each line of JSONL, each row of
 * Parquet, nothing missing, nothing more.
 */
import { canonicalJson } from "../../protocol/item.ts";
import type { Column, ConfigName } from "../columns.ts";
import { columnsOf, configNames } from "../columns.ts";
import type { ReleaseSink } from "../draw-release.ts";
import { evidenceNames } from "../evidence.ts";
import { parquetSchema, readParquetRows, readParquetSchema } from "../parquet.ts";
import { evidencePath, jsonlPath, parquetPath } from "../paths.ts";
import type { Row } from "../rows.ts";
import { openFile, readLines } from "./release-reader.ts";
import type { Line, ReleaseReader } from "./release-reader.ts";
import { doesNotHold, failureOf, findDifference, hold, show } from "./report.ts";

export interface RowChecks extends ReleaseSink {
  /** To be called after the last line: refuses what is left over. */
  finish(): Promise<void>;
}

export async function checkRows(
  reader: ReleaseReader,
  counted: (rows: number) => void,
): Promise<RowChecks> {
  const jsonl = new Map<string, LineCheck>();
  for (const path of [...configNames.map(jsonlPath), ...evidenceNames.map(evidencePath)]) {
    jsonl.set(path, checkLines(reader, path));
  }
  const parquet = new Map<ConfigName, RowCheck>();
  for (const config of configNames) parquet.set(config, await checkParquet(reader, config));

  return {
    async row(config, row, line) {
      await jsonl.get(jsonlPath(config))!.next(line);
      await parquet.get(config)!.next(row);
      counted(2);
    },
    async evidence(name, line) {
      await jsonl.get(evidencePath(name))!.next(line);
      counted(1);
    },
    async finish() {
      for (const check of jsonl.values()) await check.finish();
      for (const check of parquet.values()) await check.finish();
    },
  };
}

interface LineCheck {
  next(expected: string): Promise<void>;
  finish(): Promise<void>;
}

function checkLines(reader: ReleaseReader, path: string): LineCheck {
  const lines = readLines(reader, path);
  let number = 0;
  return {
    async next(expected) {
      number += 1;
      const line = await lines.next();
      if (line.done) {
        throw doesNotHold(
          `${path}:${number}`,
          `a line is missing: ${nameOf(JSON.parse(expected))}`,
        );
      }
      if (line.value.text !== expected) throw differs(path, line.value, JSON.parse(expected));
    },
    async finish() {
      const more = await lines.next();
      if (!more.done) {
        throw doesNotHold(
          `${path}:${more.value.number}`,
          "a line that nothing on the chain accounts for",
        );
      }
    },
  };
}

function differs(path: string, line: Line, expected: unknown): Error {
  const where = `${path}:${line.number}`;
  let said: unknown;
  try {
    said = JSON.parse(line.text);
  } catch {
    return doesNotHold(where, "not a line of JSON");
  }
  return rowDiffers(where, said, expected);
}

function rowDiffers(where: string, said: unknown, expected: unknown): Error {
  if (nameOf(said) !== nameOf(expected)) {
    return doesNotHold(where, `${nameOf(said)} is there, ${nameOf(expected)} is recounted`);
  }
  const difference = findDifference(said, expected);
  if (!difference) return doesNotHold(where, "the line is not in canonical form");
  return doesNotHold(
    `${where}, ${nameOf(expected)}`,
    `${difference.path}: ${show(difference.said)} is said, ${show(difference.recounted)} is recounted`,
  );
}

/** What a row or a line of evidence is about. */
function nameOf(value: unknown): string {
  const row = (value ?? {}) as Record<string, unknown>;
  if (typeof row["id"] === "string") return `row ${row["id"]}`;
  const part = row["validator"] ?? row["itemIndex"];
  return `task ${show(row["taskId"])}${part === undefined ? "" : `, ${show(part)}`}`;
}

interface RowCheck {
  next(expected: Row): Promise<void>;
  finish(): Promise<void>;
}

async function checkParquet(reader: ReleaseReader, config: ConfigName): Promise<RowCheck> {
  const path = parquetPath(config);
  const columns = columnsOf[config];
  const file = await openFile(reader, path);
  await readable(path, () => checkSchema(path, file, columns));
  const rows = readParquetRows(file, columns);
  let number = 0;
  return {
    async next(expected) {
      number += 1;
      const where = `${path}, row ${number}`;
      const row = await readable(where, () => rows.next());
      if (row.done) throw doesNotHold(where, `a row is missing: ${nameOf(expected)}`);
      if (findDifference(row.value, expected)) throw rowDiffers(where, row.value, expected);
    },
    async finish() {
      const more = await readable(path, () => rows.next());
      hold(more.done === true, path, "a row that nothing on the chain accounts for");
    },
  };
}

async function checkSchema(
  path: string,
  file: Parameters<typeof readParquetSchema>[0],
  columns: readonly Column[],
): Promise<void> {
  const shape = (schema: Awaited<ReturnType<typeof readParquetSchema>>): string[] =>
    schema
      .slice(1)
      .map(({ name, type, converted_type, repetition_type, num_children }) =>
        canonicalJson([
          name,
          type ?? "",
          converted_type ?? "",
          repetition_type ?? "",
          num_children ?? 0,
        ]),
      );
  const difference = findDifference(
    shape(await readParquetSchema(file)),
    shape(parquetSchema(columns)),
  );
  hold(
    difference === undefined,
    path,
    `the columns differ: ${show(difference?.said)} is said, ${show(difference?.recounted)} is due`,
  );
}

/** A file that cannot be read does not hold, whatever the reader stumbles over. */
async function readable<T>(where: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (failureOf("", error)) throw error;
    const message = error instanceof Error ? error.message : String(error);
    throw doesNotHold(where, `not readable as Parquet: ${message}`);
  }
}
