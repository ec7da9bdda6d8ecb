/** A real Chromium for tests: playwright-core drives the browser that @sparticuz/chromium brings inside its package. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
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
  const scratch = mkdtempSync(join(tmpdir(), "scrutineer-browser-"));
  const browser = await chromium.launch({
    executablePath: join(FOLDER, "chromium"),
    args: BROWSER_FLAGS,
    headless: true,
    env: {
      ...process.env,
      LD_LIBRARY_PATH: join(FOLDER, "al2023", "lib"),
      FONTCONFIG_FILE: writeFontConfig(scratch),
    },
  });
  return {
    browser,
    async close() {
      await browser.close();
      rmSync(scratch, { recursive: true, force: true });
    },
  };
}

/** Without any font Chromium draws nothing and ends at the first emoji; the package's own list names folders of a cloud. */
function writeFontConfig(folder: string): string {
  const fonts = [join(FOLDER, "fonts"), "/usr/share/fonts", "/usr/local/share/fonts"];
  const file = join(folder, "fonts.conf");
  const dirs = fonts.map((dir) => `  <dir>${dir}</dir>`).join("\n");
  const cache = `  <cachedir>${join(folder, "cache")}</cachedir>`;
  writeFileSync(
    file,
    `<?xml version="1.0"?>\n<!DOCTYPE fontconfig SYSTEM "fonts.dtd">\n<fontconfig>\n${dirs}\n${cache}\n</fontconfig>\n`,
  );
  return file;
}
