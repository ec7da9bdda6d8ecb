/**
 * A table as a GraphQL type: its columns as fields, `where` and `orderBy` drawn from them, and pages of it as a Relay
 * connection, at the root or below a parent. All types are made alike, so that who knows one knows all.
 */
import type { ImplementableObjectRef, InputFieldMap, InputRef } from "@pothos/core";
import type { SQL } from "drizzle-orm";
import { and, getTableColumns } from "drizzle-orm";
import type { AnyPgColumn, PgTable } from "drizzle-orm/pg-core";
import { ScrutineerError } from "../../protocol/errors.ts";
import {
  countOfEach,
  countRows,
  cursorOf,
  filterToSql,
  findFirstOfEach,
  findPage,
  ofParent,
  type Filter,
  type Page,
  type PageRequest,
} from "../../store/page.ts";
import type { TaskStateEnum } from "./builder.ts";
import { builder, DEFAULT_PAGE, kinds, MAX_PAGE, OrderDirection, type Kind } from "./builder.ts";
import type { RequestContext } from "./context.ts";

type SchemaTypes =
  typeof builder extends PothosSchemaTypes.SchemaBuilder<infer Types> ? Types : never;
type ObjectBuilder<Row> = PothosSchemaTypes.ObjectFieldBuilder<SchemaTypes, Row>;
type QueryBuilder = PothosSchemaTypes.QueryFieldBuilder<SchemaTypes, object>;
type Fields = Record<string, ReturnType<ObjectBuilder<object>["string"]>>;

export interface TableSpec<Row extends object> {
  readonly name: string;
  readonly description: string;
  readonly table: PgTable;
  /** Columns that name a row, none of them null; also the order of its lists. */
  readonly key: readonly (keyof Row & string)[];
  /** Columns shown, and what kind each is. */
  readonly columns: { readonly [Column in keyof Row]?: Kind };
  /** Conditions in `where` that are no column. */
  readonly special?: readonly SpecialFilter[];
}

export interface SpecialFilter {
  readonly name: string;
  readonly type: typeof TaskStateEnum;
  readonly list: boolean;
  readonly toSql: (value: unknown, now: bigint) => SQL | undefined;
}

export interface TableType<Row extends object> {
  readonly spec: TableSpec<Row>;
  readonly ref: ImplementableObjectRef<SchemaTypes, Row>;
  /** The columns as fields, for `implement`. */
  fields(t: ObjectBuilder<Row>): Fields;
  /** A root field with pages of the whole table. */
  root(t: QueryBuilder): Fields[string];
  /** A field of `Above` with pages of the rows whose `columns` have these values. */
  below<Above extends object>(
    t: ObjectBuilder<Above>,
    columns: readonly (keyof Row & string)[],
    valuesOf: (above: Above) => readonly unknown[],
    description?: string,
  ): Fields[string];
}

interface PageArgs {
  readonly first?: number | null | undefined;
  readonly after?: string | null | undefined;
  readonly last?: number | null | undefined;
  readonly before?: string | null | undefined;
  readonly where?: Filter | null | undefined;
  readonly orderBy?: string | null | undefined;
  readonly orderDirection?: "asc" | "desc" | null | undefined;
}

export function tableType<Row extends object>(spec: TableSpec<Row>): TableType<Row> {
  const ref = builder.objectRef<Row>(spec.name);
  const columns = getTableColumns(spec.table) as Record<string, AnyPgColumn>;
  const shown = Object.entries(spec.columns) as [string, Kind][];
  const where = whereInput(spec, shown);
  const orderBy = builder.enumType(`${spec.name}OrderBy`, {
    description: "One column; rows that tie come in the order of their key.",
    values: shown.filter(([name]) => columns[name]?.notNull === true).map(([name]) => name),
  });
  const connection = builder.connectionObject(
    { type: ref, name: `${spec.name}Connection` },
    { name: `${spec.name}Edge` },
  );
  const complexity = (given: PageArgs): { field: number; multiplier: number } => ({
    field: 1,
    multiplier: Math.min(MAX_PAGE, Math.max(1, given.first ?? given.last ?? DEFAULT_PAGE)),
  });

  const field = <Above extends object>(
    t: ObjectBuilder<Above>,
    description: string,
    resolve: (above: Above, given: PageArgs, context: RequestContext) => Promise<unknown>,
  ): Fields[string] =>
    // Rows and arguments are made from the table at run time: their types are not known here.
    t.connection(
      {
        type: ref,
        description,
        args: {
          where: t.arg({ type: where, required: false }),
          orderBy: t.arg({ type: orderBy, required: false }),
          orderDirection: t.arg({ type: OrderDirection, required: false }),
        },
        complexity,
        resolve,
      } as never,
      connection as never,
    ) as unknown as Fields[string];

  return {
    spec,
    ref,
    fields: (t) =>
      Object.fromEntries(
        shown.map(([name, kind]) => [
          name,
          t.field({
            type: kinds[kind].type as "String",
            nullable: columns[name]?.notNull !== true,
            resolve: (row: Row) => (row as Record<string, never>)[name] as never,
          } as never) as unknown as Fields[string],
        ]),
      ),
    root: (t) =>
      field(t as unknown as ObjectBuilder<object>, spec.description, (_root, given, context) =>
        readPage(spec, given, context),
      ),
    below: (t, parentColumns, valuesOf, description) =>
      field(t, description ?? spec.description, (above, given, context) =>
        readPage(spec, given, context, { columns: parentColumns, values: valuesOf(above) }),
      ),
  };
}

function whereInput<Row extends object>(
  spec: TableSpec<Row>,
  shown: readonly (readonly [string, Kind])[],
): InputRef<Filter> {
  const ref = builder.inputRef<Filter>(`${spec.name}Where`);
  ref.implement({
    description: "All that is given must hold. A column's name alone means equal.",
    fields: (t) => {
      const fields: Record<string, unknown> = {};
      const add = (name: string, type: unknown): void => {
        fields[name] = t.field({ type: type as "String", required: false });
      };
      for (const [name, kind] of shown) {
        const { type, ordered } = kinds[kind];
        add(name, type);
        add(`${name}_not`, type);
        if (kind === "Boolean") continue;
        add(`${name}_in`, [type]);
        add(`${name}_not_in`, [type]);
        if (!ordered) continue;
        for (const operator of ["gt", "gte", "lt", "lte"]) add(`${name}_${operator}`, type);
      }
      for (const { name, type, list } of spec.special ?? []) add(name, list ? [type] : type);
      add("and", [ref]);
      add("or", [ref]);
      return fields as InputFieldMap as never;
    },
  });
  return ref;
}

interface Below {
  readonly columns: readonly string[];
  readonly values: readonly unknown[];
}

async function readPage<Row extends object>(
  spec: TableSpec<Row>,
  given: PageArgs,
  context: RequestContext,
  below?: Below,
): Promise<unknown> {
  const backward = given.last !== null && given.last !== undefined;
  if (backward && given.first !== null && given.first !== undefined) {
    throw new ScrutineerError("invalid-input", "give first or last, not both", {});
  }
  const limit = (backward ? given.last : given.first) ?? DEFAULT_PAGE;
  if (limit < 0 || limit > MAX_PAGE) {
    throw new ScrutineerError("invalid-input", `first and last are 0 to ${MAX_PAGE}`, { limit });
  }
  const cursor = (backward ? given.before : given.after) ?? undefined;
  const now = spec.special === undefined ? 0n : await context.now();
  const special = Object.fromEntries(
    (spec.special ?? []).map(({ name, toSql }) => [name, (value: unknown) => toSql(value, now)]),
  );
  const where = filterToSql(spec.table, given.where, special);
  const request: PageRequest = {
    table: spec.table,
    key: spec.key,
    orderBy: given.orderBy ?? undefined,
    descending: given.orderDirection === "desc",
    where,
    limit,
    cursor,
    backward,
  };
  const name = `${spec.name} ${below?.columns.join() ?? ""} ${asText(given)}`;

  let page: Page<Row>;
  if (below === undefined) {
    page = await findPage<Row>(context.db, request);
  } else if (cursor !== undefined || backward) {
    const mine = and(where, ofParent(spec.table, below, below.values));
    page = await findPage<Row>(context.db, { ...request, where: mine });
  } else {
    page = await context
      .loader<readonly unknown[], Page<Row>>(`page ${name}`, (parents) =>
        findFirstOfEach<Row>(context.db, request, below, parents),
      )
      .load(below.values);
  }
  const cursors = page.rows.map((row) => cursorOf(request, row));
  return {
    edges: page.rows.map((node, i) => ({ node, cursor: cursors[i] })),
    pageInfo: {
      startCursor: cursors[0] ?? null,
      endCursor: cursors.at(-1) ?? null,
      hasNextPage: backward ? given.before !== null && given.before !== undefined : page.more,
      hasPreviousPage: backward ? page.more : cursor !== undefined,
    },
    totalCount: () =>
      below === undefined
        ? countRows(context.db, spec.table, where)
        : context
            .loader<readonly unknown[], number>(`count ${name}`, (parents) =>
              countOfEach(context.db, spec.table, where, below, parents),
            )
            .load(below.values),
  };
}

function asText(given: PageArgs): string {
  return JSON.stringify(given, (_name, value: unknown) =>
    typeof value === "bigint" ? `${value}n` : value,
  );
}

builder.globalConnectionField("totalCount", (t) =>
  t.int({
    description: "How many rows there are in all pages; counted only when asked for.",
    complexity: 10,
    resolve: (connection) => connection.totalCount(),
  }),
);
