import { expect } from "chai";
import { delayBefore, retry, sleepFor } from "../../runtime/retry.ts";

const at =
  (n: number) =>
  async (attempt: number): Promise<string> => {
    if (attempt < n) throw new Error(`attempt ${attempt}`);
    return `done at ${attempt}`;
  };

async function messageOf(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => "no error",
    (error: unknown) => (error as Error).message,
  );
}

describe("retrying", () => {
  const delays: number[] = [];
  const fast = {
    sleep: async (delayMs: number): Promise<void> => void delays.push(delayMs),
    random: (): number => 1,
  };
  beforeEach(() => delays.splice(0));

  it("goes on until it works, waiting twice as long each time", async () => {
    expect(await retry(at(4), { ...fast, firstDelayMs: 100 })).to.equal("done at 4");
    expect(delays).to.deep.equal([100, 200, 400]);
  });

  it("ends with the last error after so many attempts", async () => {
    expect(await messageOf(retry(at(9), { ...fast, attempts: 3 }))).to.equal("attempt 3");
    expect(delays.length).to.equal(2);
  });

  it("ends at once at an error that will not go away", async () => {
    const told: number[] = [];
    const options = {
      ...fast,
      shouldRetry: (error: unknown) => (error as Error).message !== "attempt 2",
      onRetry: (_error: unknown, attempt: number) => void told.push(attempt),
    };
    expect(await messageOf(retry(at(9), options))).to.equal("attempt 2");
    expect(told).to.deep.equal([1]);
  });

  it("ends while waiting when it is told to", async () => {
    const controller = new AbortController();
    const work = retry(at(9), {
      firstDelayMs: 60_000,
      signal: controller.signal,
      onRetry: () => controller.abort(new Error("closing")),
    });
    expect(await messageOf(work)).to.equal("closing");
    expect(await messageOf(sleepFor(60_000, controller.signal))).to.equal("closing");
  });

  it("caps its waits and spreads them over their upper half", () => {
    expect(delayBefore(2, 100, 1000, 0)).to.equal(50);
    expect(delayBefore(2, 100, 1000, 1)).to.equal(100);
    expect(delayBefore(30, 100, 1000, 1)).to.equal(1000);
  });
});
