import { expect } from "chai";
import { ownOrigin } from "../../web/data/own-origin.ts";

describe("the address of the page's own server", () => {
  it("is the path alone under either name of this machine", () => {
    expect(
      ownOrigin("http://127.0.0.1:4000/graphql", { hostname: "localhost", port: "4000" }),
    ).to.equal("/graphql");
  });
  it("stays whole for another port or host", () => {
    const page = { hostname: "localhost", port: "4000" };
    expect(ownOrigin("http://127.0.0.1:4001/graphql", page)).to.equal(
      "http://127.0.0.1:4001/graphql",
    );
    expect(ownOrigin("https://index.example/graphql", page)).to.equal(
      "https://index.example/graphql",
    );
  });
});
