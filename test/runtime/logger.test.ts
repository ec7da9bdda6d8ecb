import { expect } from "chai";
import { createLogger, silentLogger } from "../../runtime/logger.ts";

describe("the logger", () => {
  it("writes one JSON object a line, with name, level and time", () => {
    const lines: string[] = [];
    const logger = createLogger({
      name: "operator",
      destination: { write: (line) => void lines.push(line) },
    });
    logger.info({ ballots: 3 }, "anchored");
    logger.debug("not at this level");
    expect(lines.length).to.equal(1);
    const line = JSON.parse(lines[0] as string) as Record<string, unknown>;
    expect(line).to.include({ name: "operator", level: "info", msg: "anchored", ballots: 3 });
    expect(line["time"]).to.match(/^\d{4}-\d\d-\d\dT/);
  });

  it("never writes secrets", () => {
    const lines: string[] = [];
    const logger = createLogger({
      name: "api",
      destination: { write: (line) => void lines.push(line) },
    });
    logger.info({ privateKey: "s3cret", request: { authorization: "s3cret" } }, "x");
    expect(lines.join("")).not.to.contain("s3cret");
  });

  it("may be silent", () => expect(silentLogger().level).to.equal("silent"));
});
