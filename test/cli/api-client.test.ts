import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { expect } from "chai";
import { createApiClient } from "../../cli/api-client.ts";
import { isScrutineerError } from "../../protocol/errors.ts";

describe("A client of the REST interface", () => {
  let page: Server;
  let address: string;

  before(async () => {
    page = createServer((_, response) => response.end("<!doctype html><title>The page</title>"));
    await new Promise<void>((resolve) => page.listen(0, "127.0.0.1", resolve));
    address = `http://127.0.0.1:${(page.address() as AddressInfo).port}`;
  });
  after(() => page.close());

  it("says where it was pointed when what answers there is not the service", async () => {
    const client = createApiClient(address);
    for (const asked of [client.get("/config"), client.post("/tasks", {})]) {
      const failure = await asked.catch((error: unknown) => error);
      expect(isScrutineerError(failure, "api-unreachable"), String(failure)).to.equal(true);
      expect(String(failure)).to.contain(address).and.contain("--api");
    }
  });
});
