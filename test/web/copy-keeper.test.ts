import { expect } from "chai";
import { createCopyKeeper } from "../../web/judging/copy-keeper.ts";

describe("the copy beside the work", () => {
  /** A clock that runs when it is told to, and sends that end when they are told to. */
  function stage(): {
    keeper: ReturnType<typeof createCopyKeeper>;
    sends: { end: () => Promise<void>; fail: () => Promise<void> }[];
    waits: number[];
    idle: () => void;
  } {
    let waiting: { act: () => void; ms: number }[] = [];
    const sends: { end: () => Promise<void>; fail: () => Promise<void> }[] = [];
    const waits: number[] = [];
    const settle = async (how: () => void): Promise<void> => {
      how();
      await new Promise((resolve) => setImmediate(resolve));
    };
    const keeper = createCopyKeeper(
      () =>
        new Promise((resolve, reject) => {
          sends.push({
            end: () => settle(resolve),
            fail: () => settle(() => reject(new Error("no answer"))),
          });
        }),
      (act, ms) => {
        const one = { act, ms };
        waiting.push(one);
        waits.push(ms);
        return () => void (waiting = waiting.filter((other) => other !== one));
      },
    );
    const idle = (): void => {
      const due = waiting;
      waiting = [];
      for (const { act } of due) act();
    };
    return { keeper, sends, waits, idle };
  }

  it("is made once after a few receipts in a row, and holds the last", () => {
    const { keeper, sends, idle } = stage();
    for (let version = 1; version <= 6; version++) keeper.received();
    expect(sends).to.have.length(0);
    idle();
    expect(sends).to.have.length(1);
    idle();
    expect(sends).to.have.length(1);
  });

  it("is made at once when the page is hidden or left, if anything is missing", async () => {
    const { keeper, sends, idle } = stage();
    keeper.flush();
    expect(sends).to.have.length(0);
    keeper.received();
    keeper.flush();
    expect(sends).to.have.length(1);
    await sends[0]?.end();
    idle();
    keeper.flush();
    expect(sends).to.have.length(1);
  });

  it("is made again for what came while one was on its way, and never two at a time", async () => {
    const { keeper, sends, idle } = stage();
    keeper.received();
    keeper.flush();
    keeper.received();
    keeper.flush();
    expect(sends).to.have.length(1);
    await sends[0]?.end();
    idle();
    expect(sends).to.have.length(2);
  });

  it("is tried again, later, after it failed", async () => {
    const { keeper, sends, waits, idle } = stage();
    keeper.received();
    idle();
    await sends[0]?.fail();
    expect(waits.at(-1)).to.be.greaterThan(waits[0] ?? 0);
    idle();
    expect(sends).to.have.length(2);
  });
});
