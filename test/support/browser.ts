/** A real Chromium for tests: playwright-core drives the browser that @sparticuz/chromium brings inside its package. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser } from "playwright-core";

/** Few on purpose: the package's own flags switch web security off, and the page must work with it on. */
const BROWSER_FLAGS = ["--headless=shell", "--no-sandbox", "--no-zygote", "--disable-gpu", "--font-render-hinting=none"];

export interface OpenBrowser {
  readonly browser: Browser;
  close(): Promise<void>;
}

/** Unpacks the browser into a temporary folder of its own: an old one found in the shared folder would be reused unseen. */
export async function openBrowser(): Promise<OpenBrowser> {
  const folder = mkdtempSync(join(tmpdir(), "scrutineer-browser-"));
  const before = process.env["TMPDIR"];
  process.env["TMPDIR"] = folder;
  try {
    const [{ default: chromium }, { chromium: playwright }] = await Promise.all([
      import("@sparticuz/chromium"),
      import("playwright-core"),
    ]);
    const executablePath = await chromium.executablePath();
    const browser = await playwright.launch({ executablePath, args: BROWSER_FLAGS, headless: true });
    return {
      browser,
      async close() {
        await browser.close();
        rmSync(folder, { recursive: true, force: true });
      },
    };
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  } finally {
    if (before === undefined) delete process.env["TMPDIR"];
    else process.env["TMPDIR"] = before;
  }
}
