#!/usr/bin/env node
// `npx scrutineer …` in a bare clone: sets itself up, then hands over to cli/main.ts.
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";

import { handOver, orExplain, setUp } from "./set-up.mjs";

const SERVES_THE_PAGE = ["up", "serve"];
const main = join(dirname(fileURLToPath(import.meta.url)), "main.ts");
const parameters = process.argv.slice(2);

// Settings of the folder it is started in; what the environment says already wins.
if (existsSync(".env")) process.loadEnvFile?.();

await orExplain(async () => {
  await setUp([SERVES_THE_PAGE.includes(parameters[0]) ? "page" : "contracts"]);
  await handOver(["tsx", main, ...parameters]);
});
