import { PassThrough } from "node:stream";
import { expect } from "chai";
import { createOutput, runCommand, toJson } from "../../cli/output.ts";
import { ScrutineerError } from "../../protocol/errors.ts";
import { EnvError } from "../../runtime/env.ts";

function capture(json: boolean) {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const output = createOutput(json, { stdout, stderr });
  const read = (stream: PassThrough): string => (stream.read() as Buffer | null)?.toString() ?? "";
  return { output, stdout: () => read(stdout), stderr: () => read(stderr) };
}

describe("a command's output", () => {
  it("is text on stdout, what it says on the way included", async () => {
    const { output, stdout, stderr } = capture(false);
    const status = await runCommand(output, async () => {
      output.say("looking");
      return { json: { found: 1 }, text: "found one" };
    });
    expect([status, stdout(), stderr()]).to.deep.equal([0, "looking\nfound one\n", ""]);
  });

  describe("with --json", () => {
    it("is one JSON object on stdout, everything else on stderr", async () => {
      const { output, stdout, stderr } = capture(true);
      const status = await runCommand(output, async () => {
        output.say("looking");
        return { json: { found: 1, units: 10n ** 18n }, text: "found one" };
      });
      expect([status, stderr()]).to.deep.equal([0, "looking\n"]);
      expect(stdout()).to.equal('{"found":1,"units":"1000000000000000000"}\n');
    });

    it("holds the error's code and details when it cannot run", async () => {
      const { output, stdout, stderr } = capture(true);
      const status = await runCommand(output, () => {
        throw new ScrutineerError("port-in-use", "port 4000 is taken", { port: 4000 });
      });
      expect(status).to.equal(2);
      expect(JSON.parse(stdout())).to.deep.equal({
        error: { code: "port-in-use", message: "port 4000 is taken", details: { port: 4000 } },
      });
      expect(stderr()).to.equal("port-in-use: port 4000 is taken\n");
    });
  });

  it("ends with 1 when what was checked does not hold", async () => {
    const { output } = capture(false);
    expect(await runCommand(output, async () => ({ json: {}, text: "", holds: false }))).to.equal(
      1,
    );
    expect(
      await runCommand(output, () => {
        throw new ScrutineerError("recount-failed", "a row was dropped");
      }),
    ).to.equal(1);
  });

  it("ends with 2 when the environment does not fit, naming the variable", async () => {
    const { output, stderr } = capture(false);
    const status = await runCommand(output, () => {
      throw new EnvError(["FEEDBACK_TASKS is missing"]);
    });
    expect(status).to.equal(2);
    expect(stderr()).to.contain("config-invalid").and.contain("FEEDBACK_TASKS is missing");
  });

  it("draws no bar where nobody watches", () => {
    const { output, stdout, stderr } = capture(false);
    const bar = output.progress("reading", 10);
    bar.update(5);
    bar.stop();
    expect([stdout(), stderr()]).to.deep.equal(["", ""]);
  });

  it("writes amounts as decimal strings", () => {
    expect(toJson({ amounts: [1n, 2n], count: 3 })).to.equal('{"amounts":["1","2"],"count":3}');
  });
});
