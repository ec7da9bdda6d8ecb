/**
 * Rows as Parquet: exact types, every field required, lists in the three-level layout that Arrow,
 * DuckDB and Spark read. Bytes depend on the rows alone.
 */
import type { AsyncBuffer, SchemaElement } from "hyparquet";
import { parquetMetadataAsync, parquetReadObjects } from "hyparquet";
import { ParquetWriter } from "hyparquet-writer";
import type { Column } from "./columns.ts";
import type { Cell, Row } from "./rows.ts";

/** Where a Parquet file's bytes go; `hyparquet-writer`'s own writers are such. */
export type ParquetSink = ConstructorParameters<typeof ParquetWriter>[0]["writer"];

/** A row group is closed at this many rows or bytes of JSON, whichever comes first. */
export const ROW_GROUP_ROWS = 1000;
export const ROW_GROUP_BYTES = 16_000_000;

export interface ParquetRows {
  /** `bytes`: size of the row as JSON, to bound what is held. */
  write(row: Row, bytes: number): void;
  finish(): void;
}

export function writeParquetRows(sink: ParquetSink, columns: readonly Column[]): ParquetRows {
  const writer = new ParquetWriter({
    writer: sink,
    schema: parquetSchema(columns),
    createdBy: "scrutineer",
  });
  let held: Row[] = [];
  let heldBytes = 0;

  function closeRowGroup(): void {
    if (held.length === 0) return;
    const rows = held;
    // A promise only where the sink flushes in its own time, which ours never does.
    void writer.write({
      columnData: columns.map(({ name, type }) => ({
        name,
        data: rows.map((row) => (type === "int64" ? BigInt(row[name] as number) : row[name])),
      })),
      rowGroupSize: rows.length,
    });
    held = [];
    heldBytes = 0;
  }

  return {
    write(row, bytes) {
      held.push(row);
      heldBytes += bytes;
      if (held.length >= ROW_GROUP_ROWS || heldBytes >= ROW_GROUP_BYTES) closeRowGroup();
    },
    finish() {
      closeRowGroup();
      void writer.finish();
    },
  };
}

/** Rows back from a file, one row group at a time; int64 as numbers again. */
export async function* readParquetRows(
  file: AsyncBuffer,
  columns: readonly Column[],
): AsyncGenerator<Row> {
  const metadata = await parquetMetadataAsync(file);
  let rowStart = 0;
  for (const group of metadata.row_groups) {
    const rowEnd = rowStart + Number(group.num_rows);
    const rows = await parquetReadObjects({ file, metadata, rowStart, rowEnd });
    for (const row of rows) {
      yield Object.fromEntries(
        columns.map(({ name, type }): [string, Cell] => {
          const cell = (row as Record<string, Cell | bigint>)[name];
          return [name, type === "int64" ? Number(cell) : (cell as Cell)];
        }),
      );
    }
    rowStart = rowEnd;
  }
}

/** The columns as a file declares them, in the same words as ours where they agree. */
export async function readParquetSchema(file: AsyncBuffer): Promise<SchemaElement[]> {
  return (await parquetMetadataAsync(file)).schema;
}

export function parquetSchema(columns: readonly Column[]): SchemaElement[] {
  return [{ name: "root", num_children: columns.length }, ...columns.flatMap(schemaOf)];
}

const required = { repetition_type: "REQUIRED" } as const;
const text = { type: "BYTE_ARRAY", converted_type: "UTF8", ...required } as const;

function schemaOf({ name, type }: Column): SchemaElement[] {
  switch (type) {
    case "string":
      return [{ name, ...text }];
    case "int32":
      return [{ name, type: "INT32", ...required }];
    case "int64":
      return [{ name, type: "INT64", ...required }];
    case "float64":
      return [{ name, type: "DOUBLE", ...required }];
    case "bool":
      return [{ name, type: "BOOLEAN", ...required }];
    case "list<string>":
      return [...listOf(name), { name: "element", ...text }];
    case "list<struct<role: string, content: string>>":
      return [
        ...listOf(name),
        { name: "element", num_children: 2, ...required },
        { name: "role", ...text },
        { name: "content", ...text },
      ];
  }
}

function listOf(name: string): SchemaElement[] {
  return [
    { name, converted_type: "LIST", num_children: 1, ...required },
    { name: "list", num_children: 1, repetition_type: "REPEATED" },
  ];
}
