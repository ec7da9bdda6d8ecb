import { expect } from "chai";
import {
  errorCodes,
  isScrutineerError,
  refusalOf,
  ScrutineerError,
} from "../../protocol/errors.ts";

describe("the table of errors", () => {
  it("answers every code with an HTTP failure, a GraphQL code and exit status 1 or 2", () => {
    for (const code of errorCodes) {
      const { http, graphql, exit } = refusalOf(code);
      expect(http, code).to.be.within(400, 599);
      expect(graphql, code).to.match(/^[A-Z_]+$/);
      expect(exit, code).to.be.oneOf([1, 2]);
      expect(code).to.match(/^[a-z]+(-[a-z0-9]+)*$/);
    }
  });

  it("keeps exit status 1 for what was checked and does not hold", () => {
    expect(refusalOf("recount-failed").exit).to.equal(1);
    expect(refusalOf("config-invalid").exit).to.equal(2);
  });

  it("is told apart from other errors by its class and code", () => {
    const error: unknown = new ScrutineerError("task-unknown", "no such task", { taskId: "0x" });
    expect(isScrutineerError(error)).to.equal(true);
    expect(isScrutineerError(error, "task-unknown", "task-not-open")).to.equal(true);
    expect(isScrutineerError(error, "task-not-open")).to.equal(false);
    expect(isScrutineerError(new Error("task-unknown"))).to.equal(false);
  });
});
