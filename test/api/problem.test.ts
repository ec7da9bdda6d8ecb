import { Writable } from "node:stream";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect } from "chai";
import { sql } from "drizzle-orm";
import express from "express";
import { answerErrors } from "../../api/problem.ts";
import { ScrutineerError } from "../../protocol/errors.ts";
import { createLogger } from "../../runtime/logger.ts";
import type { OpenDatabase } from "../../store/database.ts";
import { databaseKinds } from "../support/postgres.ts";

describe("Problems", () => {
  let logged = "";

  /** What a route that fails like this answers. */
  async function answerTo(
    fail: () => unknown,
  ): Promise<{ status: number; problem: { code: string; detail: string } }> {
    logged = "";
    const destination = new Writable({
      write(chunk: Buffer, _encoding, done) {
        logged += chunk.toString();
        done();
      },
    });
    const app = express();
    app.get("/", async () => {
      await fail();
    });
    app.use(answerErrors(createLogger({ name: "test", destination })));
    const server = createServer((request, response) => void app(request, response));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    try {
      const { port } = server.address() as AddressInfo;
      const response = await fetch(`http://127.0.0.1:${port}/`);
      expect(response.headers.get("content-type")).to.include("application/problem+json");
      return {
        status: response.status,
        problem: (await response.json()) as { code: string; detail: string },
      };
    } finally {
      server.close();
    }
  }

  it("tell what is refused, and log nothing of it", async () => {
    const { status, problem } = await answerTo(() => {
      throw new ScrutineerError("quota-full", "item 3 is full", { itemIndex: 3 });
    });
    expect([status, problem.code]).to.deep.equal([409, "quota-full"]);
    expect(problem).to.include({ detail: "item 3 is full", itemIndex: 3 });
    expect(logged).to.equal("");
  });

  it("answer the unknown blandly and log it whole", async () => {
    const { status, problem } = await answerTo(() => {
      throw new TypeError("the secret is 42");
    });
    expect([status, problem.code]).to.deep.equal([500, "internal"]);
    expect(JSON.stringify(problem)).not.to.include("42");
    expect(logged).to.include("the secret is 42");
  });

  for (const kind of databaseKinds()) {
    describe(`of ${kind.name}`, () => {
      let database: OpenDatabase;
      before(async function () {
        this.timeout(120_000);
        await kind.start();
        database = await kind.open();
      });
      after(() => kind.stop());

      it("never log what a failed query carried", async () => {
        const { status } = await answerTo(() =>
          database.db.execute(sql`select * from no_table where entries = ${"0xsecretopening"}`),
        );
        expect(status).to.equal(500);
        expect(logged).to.include("no_table").and.not.include("secretopening");
      });

      if (kind.name === "PostgreSQL") {
        it("ask to come again while the store is away", async () => {
          await kind.stop();
          const { status, problem } = await answerTo(() => database.db.execute(sql`select 1`));
          expect([status, problem.code]).to.deep.equal([503, "store-unavailable"]);
        });
      }

      after(() => database.close());
    });
  }
});
