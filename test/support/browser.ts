/** A real Chromium for tests: playwright-core drives the browser that @sparticuz/chromium brings inside its package. */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Browser } from "playwright-core";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** Where the set-up unpacks the browser, with the libraries and fonts that a small system lacks. */
const FOLDER = join(ROOT, "node_modules", ".cache", "scrutineer", "browser");

/** Few on purpose: the package's own flags switch web security off, and the page must work with it on. */
const BROWSER_FLAGS = [
  "--headless=shell",
  "--no-sandbox",
  "--no-zygote",
  "--disable-gpu",
  "--font-render-hinting=none",
];

export interface OpenBrowser {
  readonly browser: Browser;
  close(): Promise<void>;
}

export async function openBrowser(): Promise<OpenBrowser> {
  const setUp = spawnSync(process.execPath, [join(ROOT, "cli", "set-up.mjs"), "browser"], {
    encoding: "utf8",
  });
  if (setUp.status !== 0) throw new Error(`The browser of the tests is missing: ${setUp.stderr}`);

  const { chromium } = await import("playwright-core");
  const browser = await chromium.launch({
    executablePath: join(FOLDER, "chromium"),
    args: BROWSER_FLAGS,
    headless: true,
    env: {
      ...process.env,
      LD_LIBRARY_PATH: join(FOLDER, "al2023", "lib"),
      FONTCONFIG_PATH: join(FOLDER, "fonts"),
    },
  });
  return { browser, close: () => browser.close() };
}
