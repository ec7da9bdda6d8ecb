import { expect } from "chai";
import { eq, sql } from "drizzle-orm";
import { ScrutineerError } from "../../protocol/errors.ts";
import type { OpenDatabase } from "../../store/database.ts";
import { openDatabase } from "../../store/database.ts";
import { blocks } from "../../store/schema/chain.ts";
import { databaseKinds } from "../support/postgres.ts";

const HASH = `0x${"11".repeat(32)}`;

for (const kind of databaseKinds()) {
  describe(`the database (${kind.name})`, () => {
    let database: OpenDatabase;
    before(() => kind.start());
    after(() => kind.stop());
    beforeEach(async () => {
      database = await kind.open();
    });
    afterEach(() => database.close());

    it("keeps bigints as they are", async () => {
      const row = { number: 2n ** 62n, hash: HASH, parentHash: HASH, timestamp: 1n };
      await database.db.insert(blocks).values(row);
      expect(await database.db.select().from(blocks)).to.deep.equal([row]);
    });

    it("answers raw queries with rows", async () => {
      const { rows } = await database.db.execute<{ one: number }>(sql`select 1 as one`);
      expect(rows).to.deep.equal([{ one: 1 }]);
    });

    it("undoes a transaction that throws", async () => {
      const failure = await database.db
        .transaction(async (tx) => {
          await tx
            .insert(blocks)
            .values({ number: 1n, hash: HASH, parentHash: HASH, timestamp: 1n });
          throw new Error("no");
        })
        .catch((error: Error) => error.message);
      expect(failure).to.equal("no");
      expect(await database.db.select().from(blocks).where(eq(blocks.number, 1n))).to.deep.equal(
        [],
      );
    });

    it("has one leader a name, and the next asker leads after it", async () => {
      const first = await database.tryLead("indexer");
      expect(first).not.to.equal(undefined);
      expect(await database.tryLead("indexer")).to.equal(undefined);
      const other = await database.tryLead("operator");
      expect(other).not.to.equal(undefined);
      await first?.release();
      const second = await database.tryLead("indexer");
      expect(second).not.to.equal(undefined);
      await second?.release();
      await other?.release();
    });

    it("runs work under an advisory lock one after the other", async () => {
      const order: string[] = [];
      const work = (name: string) => async (): Promise<void> => {
        order.push(`${name} in`);
        await new Promise((resolve) => setTimeout(resolve, 5));
        order.push(`${name} out`);
      };
      await Promise.all([
        database.withAdvisoryLock("x", work("a")),
        database.withAdvisoryLock("x", work("b")),
      ]);
      expect(
        [order.slice(0, 2), order.slice(2)].map((pair) => pair.map((step) => step.slice(2))),
      ).to.deep.equal([
        ["in", "out"],
        ["in", "out"],
      ]);
    });

    it("refuses a database laid out by another build", async () => {
      await database.db.execute(sql`insert into migrations (hash) values ('of another build')`);
      if (kind.name === "PGlite") return;
      const { rows } = await database.db.execute<{ name: string; port: string }>(
        sql`select current_database() as name, current_setting('port') as port`,
      );
      const url = `postgres://postgres:scrutineer@127.0.0.1:${rows[0]?.port}/${rows[0]?.name}`;
      const error = await openDatabase({ url }).catch((reason: unknown) => reason);
      expect(error)
        .to.be.instanceOf(ScrutineerError)
        .with.property("code", "store-schema-mismatch");
    });
  });
}
