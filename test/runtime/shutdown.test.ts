import { EventEmitter } from "node:events";
import { expect } from "chai";
import { closeOnSignals, createShutdown } from "../../runtime/shutdown.ts";

describe("a shutdown", () => {
  it("closes in reverse order, each once, and waits for each", async () => {
    const closed: string[] = [];
    const shutdown = createShutdown();
    shutdown.add("database", () => void closed.push("database"));
    shutdown.add("server", async () => {
      await new Promise((resolve) => setImmediate(resolve));
      closed.push("server");
    });
    const [first, second] = await Promise.all([shutdown.close("test"), shutdown.close("again")]);
    expect(closed).to.deep.equal(["server", "database"]);
    expect(first).to.deep.equal([]);
    expect(second).to.equal(first);
    expect(shutdown.signal.aborted).to.equal(true);
  });

  it("closes the others where one fails, and says which", async () => {
    const closed: string[] = [];
    const complaints: string[] = [];
    const shutdown = createShutdown({
      info: () => undefined,
      error: (_details, message) => void complaints.push(message),
    });
    shutdown.add("database", () => void closed.push("database"));
    shutdown.add("chain", () => Promise.reject(new Error("gone")));
    const failures = await shutdown.close("test");
    expect(failures.map(({ name }) => name)).to.deep.equal(["chain"]);
    expect(closed).to.deep.equal(["database"]);
    expect(complaints).to.deep.equal(["chain did not close cleanly"]);
  });

  it("follows SIGTERM with 0, or 1 if something did not close", async () => {
    for (const [closer, status] of [
      [(): void => undefined, 0],
      [(): Promise<void> => Promise.reject(new Error("no")), 1],
    ] as const) {
      const signals = new EventEmitter();
      const shutdown = createShutdown();
      shutdown.add("part", closer);
      const exited = await new Promise<number>((exit) => {
        closeOnSignals(shutdown, signals, exit);
        signals.emit("SIGTERM");
      });
      expect(exited).to.equal(status);
    }
  });

  it("gives up at a second press, not at the same one passed on", async () => {
    const signals = new EventEmitter();
    const shutdown = createShutdown();
    let release = (): void => undefined;
    shutdown.add("slow", () => new Promise<void>((resolve) => (release = resolve)));
    const statuses: number[] = [];
    let now = 0;
    const exit = (status: number): void => void statuses.push(status);
    const stop = closeOnSignals(shutdown, signals, exit, () => now);
    signals.emit("SIGINT");
    now = 100;
    signals.emit("SIGINT");
    expect(statuses).to.deep.equal([]);
    now = 2_000;
    signals.emit("SIGINT");
    expect(statuses).to.deep.equal([130]);
    release();
    await shutdown.close("again");
    stop();
    expect(signals.listenerCount("SIGINT")).to.equal(0);
  });
});
