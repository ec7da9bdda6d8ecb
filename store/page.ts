/**
 * One page of a table in a stable order, by key, never by offset: rows that come or go elsewhere move nobody's page.
 * The order is one column and then the row's key, so no two rows tie; a cursor is those values of a row.
 */
import {
  and,
  asc,
  desc,
  eq,
  getTableColumns,
  gt,
  gte,
  inArray,
  lt,
  lte,
  ne,
  not,
  notInArray,
  or,
  sql,
  type SQL,
} from "drizzle-orm";
import type { AnyPgColumn, PgTable } from "drizzle-orm/pg-core";
import { ScrutineerError } from "../protocol/errors.ts";
import type { Database } from "./database.ts";
import { isKeepable } from "./keepable-text.ts";

export interface PageRequest {
  readonly table: PgTable;
  /** Columns, none of them null, whose values name a row. */
  readonly key: readonly string[];
  /** Column to order by before the key. */
  readonly orderBy?: string | undefined;
  readonly descending?: boolean | undefined;
  readonly where?: SQL | undefined;
  readonly limit: number;
  /** Rows after this cursor, or before it if `backward`. */
  readonly cursor?: string | undefined;
  readonly backward?: boolean | undefined;
}

export interface Page<Row> {
  /** In the order asked for, backward pages too. */
  readonly rows: Row[];
  /** Whether there are more in the direction of reading. */
  readonly more: boolean;
}

export async function findPage<Row extends object>(
  db: Database,
  request: PageRequest,
): Promise<Page<Row>> {
  const columns = orderColumns(request);
  const backward = request.backward === true;
  const downward = (request.descending === true) !== backward;
  const after =
    request.cursor === undefined
      ? undefined
      : sql`(${list(columns)}) ${sql.raw(downward ? "<" : ">")} (${list(readCursor(columns, request.cursor))})`;
  const found = (await db
    .select()
    .from(request.table)
    .where(and(request.where, after))
    .orderBy(...columns.map((column) => (downward ? desc(column) : asc(column))))
    .limit(request.limit + 1)) as Row[];
  const rows = found.slice(0, request.limit);
  return { rows: backward ? rows.reverse() : rows, more: found.length > request.limit };
}

/** Columns of a child table that name its parent, none of them null. */
export interface Parent {
  readonly columns: readonly string[];
}

/**
 * The first rows of many parents at once, `limit` of each and one more that tells whether there are others:
 * what a list inside a list asks, in one query. Pages come in the order of `parents`.
 */
export async function findFirstOfEach<Row extends object>(
  db: Database,
  request: Omit<PageRequest, "cursor" | "backward">,
  parent: Parent,
  parents: readonly (readonly unknown[])[],
): Promise<Page<Row>[]> {
  const columns = getTableColumns(request.table) as Record<string, AnyPgColumn>;
  const of = parent.columns.map((name) => columns[name] as AnyPgColumn);
  const order = orderColumns(request).map((column) =>
    request.descending === true ? desc(column) : asc(column),
  );
  const ranked = db
    .select({
      ...columns,
      rank: sql<number>`row_number() over (partition by ${list(of)} order by ${list(order)})`
        .mapWith(Number)
        .as("rank"),
    })
    .from(request.table)
    .where(and(amongParents(of, parents), request.where))
    .as("ranked");
  const found = (await db
    .select()
    .from(ranked)
    .where(lte(ranked.rank, request.limit + 1))
    .orderBy(ranked.rank)) as (Row & { rank: number })[];
  const pages = parents.map(() => ({ rows: [] as Row[], more: false }));
  const pageOf = new Map(parents.map((values, i) => [values.join("/"), pages[i]]));
  for (const { rank, ...row } of found) {
    const page = pageOf.get(parentOf(parent, row));
    if (page === undefined) continue;
    if (rank <= request.limit) page.rows.push(row as unknown as Row);
    else page.more = true;
  }
  return pages;
}

/** How many rows each parent has. */
export async function countOfEach(
  db: Database,
  table: PgTable,
  where: SQL | undefined,
  parent: Parent,
  parents: readonly (readonly unknown[])[],
): Promise<number[]> {
  const columns = getTableColumns(table) as Record<string, AnyPgColumn>;
  const of = parent.columns.map((name) => columns[name] as AnyPgColumn);
  const rows = await db
    .select({
      ...Object.fromEntries(parent.columns.map((name) => [name, columns[name] as AnyPgColumn])),
      count: sql<number>`count(*)`.mapWith(Number),
    })
    .from(table)
    .where(and(amongParents(of, parents), where))
    .groupBy(...of);
  const countOf = new Map(rows.map((row) => [parentOf(parent, row), row.count]));
  return parents.map((values) => countOf.get(values.join("/")) ?? 0);
}

/** The rows of one parent. */
export function ofParent(table: PgTable, parent: Parent, values: readonly unknown[]): SQL {
  const columns = getTableColumns(table) as Record<string, AnyPgColumn>;
  return and(
    ...parent.columns.map((name, i) => eq(columns[name] as AnyPgColumn, values[i])),
  ) as SQL;
}

function amongParents(
  columns: readonly AnyPgColumn[],
  parents: readonly (readonly unknown[])[],
): SQL {
  const tuples = parents.map(
    (values) => sql`(${list(columns.map((column, i) => sql`${sql.param(values[i], column)}`))})`,
  );
  return sql`(${list(columns)}) in (${list(tuples)})`;
}

function parentOf(parent: Parent, row: object): string {
  return parent.columns.map((name) => String((row as Record<string, unknown>)[name])).join("/");
}

export async function countRows(
  db: Database,
  table: PgTable,
  where: SQL | undefined,
): Promise<number> {
  const [row] = await db
    .select({ count: sql`count(*)`.mapWith(Number) })
    .from(table)
    .where(where);
  return row?.count ?? 0;
}

/** Text that names a row's place in the order. */
export function cursorOf(
  request: Pick<PageRequest, "table" | "key" | "orderBy">,
  row: object,
): string {
  const values = orderNames(request).map((name) => {
    const value = (row as Record<string, unknown>)[name];
    return typeof value === "bigint" ? value.toString() : value;
  });
  return Buffer.from(JSON.stringify(values)).toString("base64url");
}

function readCursor(columns: readonly AnyPgColumn[], cursor: string): SQL[] {
  const fault = new ScrutineerError("cursor-invalid", "no cursor of this list and order", {
    cursor: cursor.slice(0, 200),
  });
  let values: unknown;
  try {
    values = JSON.parse(Buffer.from(cursor, "base64url").toString());
  } catch {
    throw fault;
  }
  if (!Array.isArray(values) || values.length !== columns.length) throw fault;
  return columns.map((column, i) => {
    const value: unknown = values[i];
    const wanted = column.dataType === "bigint" ? "string" : column.dataType;
    if (typeof value !== wanted) throw fault;
    if (wanted === "number" && !Number.isSafeInteger(value)) throw fault;
    if (column.dataType === "bigint" && !/^-?\d{1,78}$/.test(value as string)) throw fault;
    const read = column.dataType === "bigint" ? BigInt(value as string) : value;
    if (!fits(column, read)) throw fault;
    return sql`${sql.param(read, column)}`;
  });
}

/** False for what the database would not even compare with the column. */
function fits(column: AnyPgColumn, value: unknown): boolean {
  if (typeof value === "string") return isKeepable(value);
  if (typeof value === "bigint" && column.getSQLType() === "bigint") {
    return BigInt.asIntN(64, value) === value;
  }
  return true;
}

function orderNames({ key, orderBy }: Pick<PageRequest, "key" | "orderBy">): string[] {
  return orderBy === undefined || key.includes(orderBy)
    ? [...key].sort(first(orderBy))
    : [orderBy, ...key];
}

/** Puts one name before all others, and leaves the rest as they are. */
function first(name: string | undefined): (a: string, b: string) => number {
  return (a, b) => Number(b === name) - Number(a === name);
}

function orderColumns(request: Pick<PageRequest, "table" | "key" | "orderBy">): AnyPgColumn[] {
  const columns = getTableColumns(request.table) as Record<string, AnyPgColumn>;
  return orderNames(request).map((name) => columns[name] as AnyPgColumn);
}

function list(parts: readonly (AnyPgColumn | SQL)[]): SQL {
  return sql.join(
    parts.map((part) => sql`${part}`),
    sql`, `,
  );
}

// ------------------------------------------------------------------------------------------------------------- filters

/** `{price_gt: 5, state: "Open", and: [...], or: [...]}`: a column's name alone means equal; null means is null. */
export type Filter = Readonly<Record<string, unknown>>;

export const filterOperators = ["not", "in", "not_in", "gt", "gte", "lt", "lte"] as const;
export type FilterOperator = (typeof filterOperators)[number];

/**
 * Every condition must hold. `special` gives conditions that no single column answers, by name. Names are trusted: the
 * schema in front of this lets no other through.
 */
export function filterToSql(
  table: PgTable,
  filter: Filter | null | undefined,
  special: Readonly<Record<string, (value: unknown) => SQL | undefined>> = {},
): SQL | undefined {
  if (filter === null || filter === undefined) return undefined;
  const columns = getTableColumns(table) as Record<string, AnyPgColumn>;
  const conditions = Object.entries(filter).map(([name, value]): SQL | undefined => {
    if (value === undefined) return undefined;
    if (name === "and" || name === "or") {
      const parts = ((value ?? []) as Filter[]).map(
        (part) => filterToSql(table, part, special) ?? sql`true`,
      );
      // Of no conditions, all hold and none does.
      if (parts.length === 0) return name === "and" ? sql`true` : sql`false`;
      return name === "and" ? and(...parts) : or(...parts);
    }
    const other = special[name];
    if (other !== undefined) return other(value);
    const at = name.indexOf("_");
    const column = columns[at < 0 ? name : name.slice(0, at)] as AnyPgColumn;
    return compare(column, at < 0 ? "eq" : (name.slice(at + 1) as FilterOperator), value);
  });
  return and(...conditions);
}

function compare(column: AnyPgColumn, operator: FilterOperator | "eq", value: unknown): SQL {
  if (![value].flat().every((each) => fits(column, each))) {
    throw new ScrutineerError("invalid-input", `no ${column.name} can be like this`, {});
  }
  const isNull = sql`${column} is null`;
  switch (operator) {
    case "eq":
      return value === null ? isNull : eq(column, value);
    case "not":
      return value === null ? not(isNull) : (or(ne(column, value), isNull) as SQL);
    case "in":
      return inArray(column, (value ?? []) as unknown[]);
    case "not_in":
      return or(notInArray(column, (value ?? []) as unknown[]), isNull) as SQL;
    case "gt":
      return gt(column, value);
    case "gte":
      return gte(column, value);
    case "lt":
      return lt(column, value);
    case "lte":
      return lte(column, value);
  }
}
