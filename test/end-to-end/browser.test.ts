/** The whole path as a labeler walks it: a real browser, the keyboard, a local chain whose time the test moves. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { expect } from "chai";
import type { HDNodeWallet, TypedDataDomain, TypedDataField } from "ethers";
import { getBytes, JsonRpcProvider, Wallet } from "ethers";
import type { Page } from "playwright-core";
import type { BallotStateJson } from "../../api/schemas/ballots.ts";
import type { TaskJson, taskPage } from "../../api/schemas/tasks.ts";
import type { z } from "zod";
import { RELAY } from "../../cli/local/keys.ts";
import type { OpenBrowser } from "../support/browser.ts";
import { openBrowser } from "../support/browser.ts";
import type { RunningUp } from "../support/up.ts";
import { startUp } from "../support/up.ts";

interface Example {
  readonly response_a: string;
  readonly response_b: string;
  readonly better: "a" | "b" | "tie";
}

const examples = readFileSync(new URL("../../examples/example-set.jsonl", import.meta.url), "utf8")
  .split("\n")
  .filter((line) => line !== "")
  .map((line) => JSON.parse(line) as Example);

/** What an attentive person would press: the page shows plain text, so the answers are found by it. */
function keyFor(left: string, right: string): string {
  const pair = examples.find(
    ({ response_a: a, response_b: b }) =>
      (a === left && b === right) || (a === right && b === left),
  );
  if (!pair) throw new Error(`no example has this left answer: ${left.slice(0, 80)}`);
  if (pair.better === "tie") return "3";
  const better = pair.better === "a" ? pair.response_a : pair.response_b;
  return better === left ? "2" : "4";
}

const opposite: Readonly<Record<string, string>> = { "2": "5", "4": "1", "3": "2" };

describe("the page in a real browser", function () {
  this.timeout(600_000);
  let up: RunningUp;
  let chromium: OpenBrowser;
  let page: Page;
  let chain: JsonRpcProvider;
  let task: TaskJson;
  let validator: string;
  let other: Page;
  let wallet: HDNodeWallet;
  let ownTaskId: string;
  let judged = 0;
  const complaints: string[] = [];

  before(async () => {
    [up, chromium] = await Promise.all([startUp(), openBrowser()]);
    chain = new JsonRpcProvider(up.rpc, up.chainId, { staticNetwork: true, cacheTimeout: -1 });
    const context = await chromium.browser.newContext({ viewport: { width: 1280, height: 900 } });
    page = await context.newPage();
    page.setDefaultTimeout(60_000);
    page.on("pageerror", (error) => complaints.push(error.message));
    page.on("console", (message) => {
      // Whether a ballot exists elsewhere is asked once; that it does not is a 404, which the browser logs by itself.
      const isMissingBallot = /\/ballots\/0x[0-9a-f]{40}$/.test(message.location().url);
      if (message.type() === "error" && !isMissingBallot) complaints.push(message.text());
    });
  });

  after(async () => {
    chain?.destroy();
    await chromium?.close();
    await up?.stop();
  });

  const ask = async <T>(path: string): Promise<T> =>
    (await (await fetch(`${up.api}${path}`)).json()) as T;
  const receipted = (count: number): Promise<unknown> =>
    page
      .getByTestId("last-receipt")
      .filter({ hasText: `${count} judged` })
      .waitFor();
  const moveTo = async (time: number): Promise<void> => {
    const now = (await chain.getBlock("latest"))?.timestamp ?? 0;
    if (time > now) await chain.send("evm_increaseTime", [time - now]);
    await chain.send("evm_mine", []);
  };
  const step = (name: string, progress: string): Promise<unknown> =>
    page
      .locator(`[data-ballot="${task.taskId}"] [data-step="${name}"][data-progress="${progress}"]`)
      .waitFor();
  const units = async (name: string): Promise<bigint> =>
    BigInt((await page.locator(`[data-money="${name}"]`).getAttribute("data-units")) ?? "0");

  const overflow = (): Promise<number> =>
    page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  /** Where one reads on from: the conversation's first heading. */
  const readsOn = (): Promise<unknown> => page.locator("[data-item] h2:focus").waitFor();
  const otherThan = async (item: string | null, on = page): Promise<void> => {
    await on.waitForFunction((old) => {
      const shown = document.querySelector("[data-item]")?.getAttribute("data-item") ?? null;
      return shown !== null && shown !== old;
    }, item);
  };

  /** Reads both answers as they stand, decides, presses. */
  async function judgeOne(contrary: boolean): Promise<void> {
    const read = async (side: string): Promise<string> =>
      (await page.locator(`[data-side="${side}"] .raw-text`).allTextContents()).join("");
    const key = keyFor(await read("left"), await read("right"));
    const before = await page.locator("[data-item]").getAttribute("data-item");
    await page.keyboard.press(contrary ? (opposite[key] ?? key) : key);
    judged++;
    await receipted(judged);
    await otherThan(before);
  }

  it("offers accounts that are staked already, and opens a session with one click", async () => {
    await page.goto(up.web);
    const offered = page.locator("[data-offered]").first();
    validator = (await offered.getAttribute("data-offered")) ?? "";
    await offered.click();
    await page.getByRole("button", { name: "Sign in and open a session" }).click();
    const { tasks } = await ask<z.output<typeof taskPage>>("/tasks?state=Open");
    expect(tasks).to.have.length(1);
    task = tasks[0] as TaskJson;
    await page
      .locator(`[data-task="${task.taskId}"]`)
      .getByRole("link", { name: "Start judging" })
      .click();
    await page.locator("[data-side=left]").waitFor();
  });

  it("shows both answers in full and equally wide, with nothing preselected", async () => {
    const widths = await Promise.all(
      ["left", "right"].map(
        async (side) => (await page.locator(`[data-side=${side}]`).boundingBox())?.width,
      ),
    );
    expect(widths[0]).to.be.greaterThan(400);
    expect(widths[0]).to.equal(widths[1]);
    expect(await page.locator("[data-choice][data-sending=true]").count()).to.equal(0);
    expect(await page.evaluate(() => document.activeElement?.tagName)).to.equal("BODY");
  });

  it("breaks no rule of WCAG 2.2 AA that axe knows on the judge page, light and dark", async () => {
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme });
      expect(await findAxeViolations(page)).to.deep.equal([]);
    }
    await page.emulateMedia({ colorScheme: "light" });
  });

  it("takes verdicts by keyboard, each with a receipt that is checked before the next pair", async () => {
    await page.keyboard.press("r");
    await page.locator("[data-side=left] .raw-text").first().waitFor();
    for (let count = 0; count < 5; count++) await judgeOne(count === 3);
    await readsOn();
    const ballot = await ask<BallotStateJson>(`/tasks/${task.taskId}/ballots/${validator}`);
    expect(ballot).to.include({ judgments: 5, version: 5 });
    expect(ballot.signed.signer).to.not.equal(validator);
  });

  it("keeps the focus on a verdict that was pressed until the next pair is there", async () => {
    const before = await page.locator("[data-item]").getAttribute("data-item");
    await page.locator("[data-choice=tie]").focus();
    await page.keyboard.press("Enter");
    judged++;
    expect(await page.evaluate(() => document.activeElement?.tagName)).to.match(/^(BUTTON|H2)$/);
    await receipted(judged);
    await otherThan(before);
    await readsOn();
  });

  it("judges by no key when the keys are switched off, and by keys again when they are on", async () => {
    const shown = await page.locator("[data-item]").getAttribute("data-item");
    const keys = page.getByRole("switch", { name: "Judge by these keys" });
    const setKeys = async (on: boolean): Promise<void> => {
      await page.getByRole("button", { name: "Keys and help" }).click();
      await keys.setChecked(on);
      await page.keyboard.press("Escape");
      await keys.waitFor({ state: "detached" });
    };
    await setKeys(false);
    await page.keyboard.press("3");
    expect(await page.locator("[data-sending=true]").count()).to.equal(0);
    expect(await page.locator("[data-item]").getAttribute("data-item")).to.equal(shown);
    await setKeys(true);
    await judgeOne(false);
  });

  it("goes back to the last pair, and replaces its verdict in a new version", async () => {
    const waiting = await page.locator("[data-item]").getAttribute("data-item");
    await page.keyboard.press("u");
    await page.getByText("A new verdict replaces it").waitFor();
    await page.keyboard.press("0");
    await page.getByTestId("last-receipt").filter({ hasText: "version 8" }).waitFor();
    await page.locator(`[data-item="${waiting}"]`).waitFor();
    const ballot = await ask<BallotStateJson>(`/tasks/${task.taskId}/ballots/${validator}`);
    expect(ballot).to.include({ judgments: 7, version: 8 });
  });

  it("skips a pair, and does not bring it back at once", async () => {
    const skipped = await page.locator("[data-item]").getAttribute("data-item");
    await page.keyboard.press("s");
    await otherThan(skipped);
  });

  it("goes on where it was after the tab was closed", async () => {
    await page.reload();
    await page.locator("[data-side=left]").waitFor();
    await page.getByText(/^7 of about/).waitFor();
    await page.keyboard.press("r");
    await page.locator("[data-side=left] .raw-text").first().waitFor();
  });

  it("judges at least 20 pairs beside the others", async () => {
    while (judged < 24) await judgeOne(judged === 12);
    const ballot = await ask<BallotStateJson>(`/tasks/${task.taskId}/ballots/${validator}`);
    expect(ballot.judgments).to.equal(24);
    expect(ballot.receipted.done).to.equal(true);
  });

  it("works at 360 px", async () => {
    await page.setViewportSize({ width: 360, height: 740 });
    expect(await overflow()).to.equal(0);
    expect(await findAxeViolations(page)).to.deep.equal([]);
    await page.setViewportSize({ width: 1280, height: 900 });
  });

  it("shows the ballot revealed, scored and paid as the deadlines pass, and the pay to the last unit", async () => {
    await page.getByRole("link", { name: "My ballots" }).click();
    await step("receipted", "done");
    await step("anchored", "done");
    await moveTo(task.terms.closesAt);
    await step("committed", "done");
    await moveTo(task.terms.commitEndsAt);
    await step("revealed", "done");
    await moveTo(task.terms.revealEndsAt);
    await step("scored", "done");
    await step("paid", "done");
    await page.locator('[data-recount="agrees"]').waitFor();
    expect(await findAxeViolations(page)).to.deep.equal([]);
  });

  it("pays out exactly what was earned when the labeler withdraws", async () => {
    const ballot = await ask<BallotStateJson>(`/tasks/${task.taskId}/ballots/${validator}`);
    const pay = BigInt(ballot.paid.pay ?? "0");
    expect(pay > 0n).to.equal(true);
    await page.waitForFunction(
      (due) => document.querySelector('[data-money="credit"]')?.getAttribute("data-units") === due,
      pay.toString(),
    );
    const before = await units("balance");
    await page.getByRole("button", { name: /^Withdraw/ }).click();
    await page.getByText(/^Withdrawn in/).waitFor();
    await page.waitForFunction(
      (balance) =>
        document.querySelector('[data-money="balance"]')?.getAttribute("data-units") === balance,
      (before + pay).toString(),
    );
    expect(await units("credit")).to.equal(0n);
  });

  it("traces one judgment from its item to its pay, each link held against the chain in the page", async () => {
    await page.getByRole("button", { name: "Show my judgments" }).click();
    await page
      .getByRole("link", { name: /^Item \d+$/ })
      .first()
      .click();
    await page.getByRole("heading", { name: "Trace of one judgment" }).waitFor();
    await page.locator('[data-recount="agrees"]').waitFor();
    await page.locator("[data-holds]").nth(11).waitFor();
    expect(await page.locator('[data-holds="false"]').allTextContents()).to.deep.equal([]);
    expect(await page.locator('[data-holds="open"]').allTextContents()).to.deep.equal([]);
    expect(await findAxeViolations(page)).to.deep.equal([]);
    await page.locator('[data-step="revealed"]').getByRole("link").click();
    await page.getByRole("heading", { name: "BallotRevealed" }).first().waitFor();
  });

  it("hands a labeler its notes, and erases them once that is confirmed", async () => {
    await page.goto(`${up.web}/ballots`);
    const take = async (): Promise<unknown[]> => {
      const download = page.waitForEvent("download");
      await page.getByRole("button", { name: "Export my notes" }).click();
      const { notes } = JSON.parse(readFileSync(await (await download).path(), "utf8")) as {
        notes: unknown[];
      };
      return notes;
    };
    expect(await take()).to.have.length(1);
    await page.getByRole("button", { name: "Erase my notes" }).click();
    await page.getByRole("button", { name: "Keep them" }).click();
    expect(await take()).to.have.length(1);
    await page.getByRole("button", { name: "Erase my notes" }).click();
    await page.getByRole("button", { name: "Erase them" }).click();
    await page.getByText("Erased: the notes of 1 ballot.").waitFor();
    expect(await take()).to.deep.equal([]);
  });

  it("breaks no rule of WCAG 2.2 AA that axe knows, and fits 360 px, on the other pages", async () => {
    for (const path of [
      "/",
      "/tasks",
      `/tasks/${task.taskId}`,
      `/lineage/${task.taskId}`,
      "/releases",
    ]) {
      await page.goto(`${up.web}${path}`);
      await page.getByRole("heading", { level: 1 }).waitFor();
      await page.waitForLoadState("networkidle");
      expect(await page.title()).to.match(/^(Judge|Tasks?|Lineage of|Releases) ?.* · Scrutineer$/);
      for (const colorScheme of ["light", "dark"] as const) {
        await page.emulateMedia({ colorScheme });
        expect(await findAxeViolations(page), path).to.deep.equal([]);
      }
      await page.setViewportSize({ width: 360, height: 740 });
      expect(await overflow(), path).to.equal(0);
      await page.setViewportSize({ width: 1280, height: 900 });
    }
  });

  it("lets a wallet that announces itself join, stake and judge a task of its own", async () => {
    const context = await chromium.browser.newContext({ viewport: { width: 1280, height: 900 } });
    other = await context.newPage();
    other.setDefaultTimeout(60_000);
    other.on("pageerror", (error) => complaints.push(error.message));
    wallet = Wallet.createRandom().connect(chain);
    const asked = await announceWallet(other, wallet);
    await other.goto(up.web);
    await other.getByRole("button", { name: "Test wallet" }).click();
    await other.getByRole("button", { name: "Mint, approve and join" }).click();
    await other.getByRole("button", { name: "Sign in and open a session" }).click();
    await other.getByRole("link", { name: "Start judging" }).first().click();
    await other.locator("[data-side=left]").waitFor();
    const signatures = asked.filter((method) => /sign/i.test(method)).length;
    await other.keyboard.press("3");
    await other.getByTestId("last-receipt").filter({ hasText: "1 judged" }).waitFor();
    ownTaskId = other.url().split("/").at(-1) ?? "";
    // The stake's permit, signing in, the session, and the secret behind the salts.
    expect(signatures).to.equal(4);
    expect(asked.filter((method) => /sign/i.test(method))).to.have.length(signatures);
  });

  it("signs a ballot in one tab at a time", async () => {
    const second = await other.context().newPage();
    await announceWallet(second, wallet);
    await second.goto(other.url());
    await second.getByText("You are judging this task in another tab").waitFor();
    expect(await second.locator("[data-side]").count()).to.equal(0);
    await second.close();
  });

  it("copies the opening of every version, the last one too when its labeler leaves", async () => {
    const stored = other.waitForResponse((response) => {
      const request = response.request();
      if (request.method() !== "PUT" || !request.url().includes("/openings/")) return false;
      return (request.postDataJSON() as { version: number }).version === 6;
    });
    for (let version = 2; version <= 6; version++) {
      const item = await other.locator("[data-item]").getAttribute("data-item");
      await other.keyboard.press("3");
      await other
        .getByTestId("last-receipt")
        .filter({ hasText: `${version} judged` })
        .waitFor();
      await otherThan(item, other);
    }
    await other.getByRole("link", { name: "My ballots" }).click();
    expect((await stored).status()).to.equal(204);
  });

  it("names what a revoked session would leave behind, and asks before it revokes", async () => {
    const account = other.getByRole("banner").getByRole("button", { name: /^0x/ });
    await account.click();
    await other.getByRole("menuitem", { name: /Revoke/ }).click();
    const dialog = other.getByRole("dialog");
    await dialog.locator(`[data-uncommitted="${ownTaskId}"]`).waitFor();
    // The menu it was chosen from fades out behind it.
    await other.getByRole("menu").waitFor({ state: "detached" });
    expect(await findAxeViolations(other)).to.deep.equal([]);
    await dialog.getByRole("button", { name: "Keep the session" }).click();
    await dialog.waitFor({ state: "detached" });
  });

  it("[G7] [G14] commits and opens a labeler's ballot by itself when the operator has stopped", async () => {
    const ownTask = await ask<TaskJson>(`/tasks/${ownTaskId}`);
    const reached = (name: string): Promise<unknown> =>
      other.locator(`[data-step="${name}"][data-progress="done"]`).waitFor();
    // Without money for gas the operator puts nothing on chain any more.
    await chain.send("anvil_setBalance", [RELAY.address, "0x0"]);
    const { closesAt, commitEndsAt, revealEndsAt } = ownTask.terms;
    await moveTo(closesAt);
    await other.locator("[data-duty=commit]").waitFor();
    expect(await other.locator("[data-duty=commit]").getAttribute("role")).to.equal("group");
    await other.getByRole("status").filter({ hasText: "not on chain yet" }).waitFor();
    // Its head start is over, and with it the page's patience.
    await moveTo(closesAt + 60);
    await reached("committed");
    // As in a browser that signed nothing of it: the opening comes back from the encrypted copy.
    await forgetJournal(other);
    await other.getByRole("button", { name: "Fetch its opening" }).click();
    await other.locator("[data-duty=restore]").waitFor({ state: "detached" });
    await moveTo(revealEndsAt - Math.floor((revealEndsAt - commitEndsAt) / 4));
    await reached("revealed");
  });

  it("has nothing to complain about in the console, under its strict policy", () => {
    expect(complaints).to.deep.equal([]);
  });
});

/** Empties what the page keeps of its ballots. */
async function forgetJournal(page: Page): Promise<void> {
  await page.evaluate(
    () =>
      new Promise<void>((resolve, reject) => {
        const request = indexedDB.open("scrutineer");
        request.onerror = () => reject(new Error("no journal"));
        request.onsuccess = () => {
          const names = [...request.result.objectStoreNames];
          const transaction = request.result.transaction(names, "readwrite");
          for (const name of names) transaction.objectStore(name).clear();
          transaction.oncomplete = () => resolve();
        };
      }),
  );
}

/** A wallet as EIP-6963 has it: announced by an event, asked by `request`; signs here, outside of the browser. */
async function announceWallet(page: Page, wallet: HDNodeWallet): Promise<string[]> {
  const asked: string[] = [];
  const provider = wallet.provider as JsonRpcProvider;
  await page.exposeFunction(
    "askTestWallet",
    async (method: string, params: unknown[] = []): Promise<unknown> => {
      asked.push(method);
      switch (method) {
        case "eth_requestAccounts":
        case "eth_accounts":
          return [wallet.address];
        case "personal_sign":
          return wallet.signMessage(getBytes(params[0] as string));
        case "eth_signTypedData_v4": {
          const { domain, types, message } = JSON.parse(params[1] as string) as {
            domain: TypedDataDomain;
            types: Record<string, TypedDataField[]>;
            message: Record<string, unknown>;
          };
          const { EIP712Domain: _, ...own } = types;
          return wallet.signTypedData(domain, own, message);
        }
        case "eth_sendTransaction": {
          const { gas, ...request } = params[0] as Record<string, string>;
          return (
            await wallet.sendTransaction({
              ...request,
              ...(gas === undefined ? {} : { gasLimit: gas }),
            })
          ).hash;
        }
        default:
          return provider.send(method, params) as Promise<unknown>;
      }
    },
  );
  await page.addInitScript(`{
    const detail = {
      info: { uuid: "test", name: "Test wallet", icon: "data:image/svg+xml,", rdns: "test.wallet" },
      provider: { request: ({ method, params }) => window.askTestWallet(method, params) },
    };
    window.addEventListener("eip6963:requestProvider", () => {
      window.dispatchEvent(new CustomEvent("eip6963:announceProvider", { detail }));
    });
  }`);
  return asked;
}

const axeSource = readFileSync(
  createRequire(import.meta.url).resolve("axe-core/axe.min.js"),
  "utf8",
);

/** Rules of WCAG 2.2, levels A and AA; what breaks them and where. */
async function findAxeViolations(page: Page): Promise<string[]> {
  await page.evaluate(axeSource);
  return page.evaluate(async () => {
    interface Axe {
      run(options: object): Promise<{
        violations: { id: string; nodes: { html: string; failureSummary?: string }[] }[];
      }>;
    }
    const { axe } = window as unknown as { axe: Axe };
    const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];
    const { violations } = await axe.run({ runOnly: { type: "tag", values: tags } });
    return violations.flatMap(({ id, nodes }) =>
      nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary ?? ""}`),
    );
  });
}
