import { expect } from "chai";
import { z } from "zod";
import { EnvError, readEnv } from "../../runtime/env.ts";

const schema = z.object({
  PORT: z.coerce.number().int().min(1).default(4000),
  RPC_URL: z.url(),
  DATABASE_URL: z.string().optional(),
});

describe("the environment", () => {
  it("is read once into a frozen object, with defaults, of the known variables alone", () => {
    const config = readEnv(schema, { RPC_URL: "http://127.0.0.1:8545", PORT: "", HOME: "/home" });
    expect(config).to.deep.equal({ PORT: 4000, RPC_URL: "http://127.0.0.1:8545" });
    expect(Object.isFrozen(config)).to.equal(true);
  });

  it("is refused as a whole, with a complaint naming each variable", () => {
    let error: unknown;
    try {
      readEnv(schema, { PORT: "many", DATABASE_URL: "" });
    } catch (thrown) {
      error = thrown;
    }
    if (!(error instanceof EnvError)) throw new Error("no EnvError");
    expect(error.code).to.equal("config-invalid");
    expect(error.complaints.length).to.equal(2);
    expect(error.complaints[0]).to.match(/^PORT: /);
    expect(error.complaints[1]).to.match(/^RPC_URL is missing/);
    expect(error.message).to.contain("RPC_URL");
  });
});
