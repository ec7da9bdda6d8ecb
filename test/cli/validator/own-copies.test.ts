import { createServer, type Server } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { json } from "node:stream/consumers";
import { expect } from "chai";
import { buildSchema, graphql } from "graphql";
import { findOwnTasks } from "../../../cli/validator/own-copies.ts";
import { keccak256Text } from "../../../protocol/keccak.ts";

const OWN = `0x${"b1".repeat(20)}`;
const task = (i: number): string => keccak256Text(`task ${i}`);

interface Row {
  readonly taskId: string;
  readonly validator: string;
  readonly version: number;
}

const schema = buildSchema(`
  scalar Address
  input Where { validator: Address, version: Int }
  type Node { taskId: String! }
  type Edge { node: Node! }
  type PageInfo { hasNextPage: Boolean!, endCursor: String }
  type Connection { edges: [Edge!]!, pageInfo: PageInfo! }
  type Query {
    ballotVersions(where: Where, first: Int!, after: String): Connection!
    ballots(where: Where, first: Int!, after: String): Connection!
  }
`);

/** A connection over rows: cursors are places in them. */
const connectionOf =
  (rows: readonly Row[]) =>
  ({ where, first, after }: { where: Partial<Row>; first: number; after?: string | null }) => {
    const fits = rows.filter(
      (row) =>
        (where.validator ?? row.validator) === row.validator &&
        (where.version ?? row.version) === row.version,
    );
    const from = Number(after ?? 0);
    const until = from + Math.min(first, 1_000);
    return {
      edges: fits.slice(from, until).map((node) => ({ node })),
      pageInfo: { hasNextPage: until < fits.length, endCursor: String(until) },
    };
  };

describe("The tasks in which a service has copies of a validator's ballots", () => {
  let server: Server;
  let url: string;
  let received: readonly Row[];
  let recorded: readonly Row[];
  before(async () => {
    server = createServer((request, response) => {
      void (async () => {
        const { query, variables } = (await json(request)) as {
          query: string;
          variables: Record<string, unknown>;
        };
        const rootValue = {
          ballotVersions: connectionOf(received),
          ballots: connectionOf(recorded),
        };
        const answer = await graphql({
          ...{ schema, rootValue, source: query, variableValues: variables },
        });
        response.setHeader("content-type", "application/json").end(JSON.stringify(answer));
      })();
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`;
  });
  beforeEach(() => ([received, recorded] = [[], []]));
  after(() => server.close());

  it("are those with a receipted version, whichever was the first, and those with a record", async () => {
    const other = { validator: `0x${"c2".repeat(20)}`, version: 1 };
    received = [
      { taskId: task(1), validator: OWN, version: 1 },
      { taskId: task(2), validator: OWN, version: 7 },
      { taskId: task(3), ...other },
    ];
    recorded = [
      { taskId: task(2), validator: OWN, version: 7 },
      { taskId: task(4), validator: OWN, version: 1 },
    ];
    expect(await findOwnTasks(url, OWN)).to.have.members([task(1), task(2), task(4)]);
  });

  it("are all of them, however many versions there are", async () => {
    const versions = Array.from({ length: 2_500 }, (_, i) => i);
    received = versions.map((i) => ({ taskId: task(i % 600), validator: OWN, version: 1 + i }));
    received = [...received, { taskId: task(999), validator: OWN, version: 1 }];
    recorded = versions.slice(0, 1_001).map((i) => ({
      ...{ taskId: task(1_000 + i), validator: OWN, version: 1 },
    }));
    expect(await findOwnTasks(url, OWN)).to.have.length(600 + 1 + 1_001);
  });
});
