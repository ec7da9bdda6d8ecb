// Makes everything a command needs, then hands over to it:
//
//     node cli/set-up.mjs GOAL… [-- COMMAND ARGUMENT…]
//
// Goals, each with those before it: dependencies, contracts, page; and apart from these: browser.
// Plain JavaScript that imports nothing but Node itself, because Node 20 runs it in a bare clone. What is done already is
// skipped: each goal has a stamp, a hash of all it is made from. Everything is said on stderr, so that stdout stays the command's.
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { constants } from "node:os";
import { delimiter, dirname, join } from "node:path";
import process from "node:process";
import { fileURLToPath, pathToFileURL } from "node:url";

const ROOT = dirname(dirname(realpathSync(fileURLToPath(import.meta.url))));
const MODULES = join(ROOT, "node_modules");
const BINARIES = join(MODULES, ".bin");
const CACHE = join(MODULES, ".cache", "scrutineer");
const STAMPS = join(CACHE, "set-up.json");
const LOCK = join(ROOT, ".scrutineer", "set-up.lock");
const OLDEST_NODE = 20;
/** By how much a file system's clock may lag behind the machine's. */
const SLOWEST_CLOCK_MS = 2_000;
const CANNOT_RUN = 2;

/** What cannot be set up, in words for whoever typed the command. */
class SetUpError extends Error {}

/** The goals in the order they are made. `inputs` are hashed; `outputs` must exist; `make` makes them. */
const GOALS = {
  dependencies: {
    says: "Checking dependencies, installing what is missing (npm; a minute or two the first time)",
    inputs: ["package.json", "package-lock.json", "node_modules/.package-lock.json"],
    outputs: ["node_modules/.bin/node", "node_modules/.bin/tsx"],
    make: installDependencies,
  },
  contracts: {
    says: "Compiling the contracts and writing their TypeScript bindings",
    inputs: ["contracts", "hardhat.config.ts", "package-lock.json"],
    outputs: ["artifacts/contracts", "bindings/index.ts"],
    make: compileContracts,
  },
  page: {
    says: "Building the page",
    inputs: [
      "web",
      "protocol",
      "statistics",
      "release",
      "runtime",
      "contracts",
      "tsconfig.json",
      "package-lock.json",
    ],
    outputs: ["web/dist/index.html"],
    unless: () => !existsSync(join(ROOT, "web", "index.html")),
    make: buildPage,
  },
  browser: {
    says: "Unpacking the browser of the tests",
    inputs: ["node_modules/@sparticuz/chromium/package.json"],
    outputs: ["node_modules/.cache/scrutineer/browser/chromium"],
    make: unpackBrowser,
  },
};

/** Each goal's whole chain. */
const CHAINS = {
  dependencies: ["dependencies"],
  contracts: ["dependencies", "contracts"],
  page: ["dependencies", "contracts", "page"],
  browser: ["dependencies", "browser"],
};

/** Makes the given goals, or throws a SetUpError that says what is missing. */
export async function setUp(goals) {
  checkMachine();
  const wanted = new Set(
    goals.flatMap((goal) => CHAINS[goal] ?? failWith(`There is no set-up goal "${goal}".`)),
  );
  const chain = Object.keys(GOALS).filter((name) => wanted.has(name));
  if (chain.every(isMade)) return;

  const release = await takeLock();
  try {
    const missing = chain.filter((name) => !isMade(name));
    for (const [index, name] of missing.entries()) {
      if (isMade(name)) continue;
      const started = Date.now();
      const step = `[set-up ${index + 1}/${missing.length}]`;
      say(`${step} ${GOALS[name].says} …`);
      const before = hashOf(GOALS[name].inputs);
      await GOALS[name].make(step);
      for (const output of GOALS[name].outputs)
        if (!existsSync(join(ROOT, output)))
          failWith(`${GOALS[name].says}: done, but ${output} is not there.`);
      // An install changes its own inputs; the others are stamped as they were, so an edit meanwhile is seen next time.
      stamp(name, name === "dependencies" ? hashOf(GOALS[name].inputs) : before);
      say(`${step} done in ${Math.max(1, Math.round((Date.now() - started) / 1000))} s`);
    }
  } finally {
    release();
  }
}

/**
 * Runs a command under the Node of this project and ends as it ends: same exit status, same signal.
 * `tsx FILE …` becomes the same Node with the tsx loader, one process fewer to pass signals through.
 */
export async function handOver([command, ...rest]) {
  const loader = pathToFileURL(join(MODULES, "tsx", "dist", "loader.mjs")).href;
  const [program, parameters] =
    command === "tsx"
      ? [join(BINARIES, "node"), ["--import", loader, ...rest]]
      : [join(BINARIES, command), rest];
  const child = spawn(program, parameters, { stdio: "inherit", env: environment() });

  // A terminal sends Ctrl-C to the child as well; a supervisor sends its signal to this process alone.
  process.on("SIGINT", () => {
    if (!process.stdin.isTTY) child.kill("SIGINT");
  });
  for (const signal of ["SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));

  const status = await new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("exit", (code, signal) => resolve(code ?? 128 + (constants.signals[signal] ?? 0)));
  });
  process.exit(status);
}

/** For the two entry points: runs `work`; what cannot be set up is said plainly and ends with status 2. */
export async function orExplain(work) {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof SetUpError)) throw error;
    say(`\nCannot set up: ${error.message}`);
    process.exit(CANNOT_RUN);
  }
}

function checkMachine() {
  const major = Number(process.versions.node.split(".")[0]);
  if (major < OLDEST_NODE)
    failWith(
      `this is Node ${process.versions.node}; Node ${OLDEST_NODE} or newer is needed (https://nodejs.org).`,
    );
  if (process.platform === "win32")
    failWith("Windows itself is not supported; the Windows Subsystem for Linux is.");
}

function isMade(name) {
  const { inputs, outputs, unless } = GOALS[name];
  if (unless?.()) return true;
  return (
    outputs.every((path) => existsSync(join(ROOT, path))) && readStamps()[name] === hashOf(inputs)
  );
}

// ---------------------------------------------------------------------------------------------------- the goals

/**
 * Under Node 20, npm silently leaves out packages that want a newer Node (Hardhat's EDR among them). So npm itself is run
 * under the Node this project uses, and what counts as done is that everything of the lock file is there and EDR loads.
 */
async function installDependencies(step) {
  if (dependenciesComplete()) return;
  const node = readJson("package.json").devDependencies.node;
  // Not `npm ci`: it refuses a lock file that lacks other platforms' optional packages.
  const install = "npm install --include=dev --no-audit --no-fund";
  await run(step, "npx", ["--yes", "--package", `node@${node}`, "--call", install], {
    missing: "npm (with npx) is not on the PATH; it comes with Node.",
    failed:
      "npm could not install the dependencies. Is the registry reachable, and is there space on the disk?",
  });
  const complaint = whatIsIncomplete();
  if (complaint) failWith(`npm ended well, but ${complaint}. Remove node_modules and try again.`);
}

function dependenciesComplete() {
  return whatIsIncomplete() === undefined;
}

/** The first thing that is missing from node_modules, or nothing. */
function whatIsIncomplete() {
  for (const [path, entry] of Object.entries(readJson("package-lock.json").packages)) {
    if (path === "" || entry.link || !isForThisMachine(entry)) continue;
    const manifest = join(ROOT, path, "package.json");
    if (!existsSync(manifest)) return `${path} is missing`;
    if (JSON.parse(readFileSync(manifest, "utf8")).version !== entry.version)
      return `${path} is not ${entry.version}`;
  }
  const node = join(BINARIES, "node");
  if (!existsSync(node)) return "node_modules/.bin/node is missing";
  const edr = spawnSync(node, ["-e", 'require("@nomicfoundation/edr")'], {
    cwd: ROOT,
    encoding: "utf8",
  });
  if (edr.status !== 0) return "Hardhat's chain (@nomicfoundation/edr) does not load";
  return undefined;
}

/** An optional package that names no platform belongs to one that does; whether it is there says nothing. */
function isForThisMachine({ optional, os, cpu, libc }) {
  if (optional && os === undefined && cpu === undefined) return false;
  const admits = (list, value) =>
    list === undefined ||
    ((list.includes(value) || list.every((one) => one.startsWith("!"))) &&
      !list.includes(`!${value}`));
  return (
    admits(os, process.platform) &&
    admits(cpu, process.arch) &&
    (libc === undefined || admits(libc, libcName()))
  );
}

function libcName() {
  return process.report.getReport().header.glibcVersionRuntime ? "glibc" : "musl";
}

async function compileContracts(step) {
  const bindings = join(ROOT, "bindings");
  // Where bindings were lost and nothing else, only a forced build writes them again.
  const lost = !existsSync(join(bindings, "index.ts"));
  const started = Date.now();
  // Tests in Solidity are compiled by whoever runs them: that takes longer than the contracts do.
  await run(step, "hardhat", ["build", "--no-tests", ...(lost ? ["--force"] : [])], {
    failed: "the contracts do not compile.",
  });
  // Each build writes all bindings; what it did not write is of a contract that is gone.
  for (const name of readdirSync(bindings, { recursive: true })) {
    const file = join(bindings, name);
    const { mtimeMs } = statSync(file);
    if (name.endsWith(".ts") && mtimeMs < started - SLOWEST_CLOCK_MS) rmSync(file);
  }
}

async function buildPage(step) {
  await run(step, "vite", ["build", "web"], { failed: "the page does not build." });
}

/** @sparticuz/chromium unpacks into the temporary folder and takes any browser it finds there; this gives it a folder of its own. */
async function unpackBrowser(step) {
  const folder = join(CACHE, "browser");
  const fresh = `${folder}.new`;
  rmSync(fresh, { recursive: true, force: true });
  mkdirSync(fresh, { recursive: true });
  const script = 'import chromium from "@sparticuz/chromium"; await chromium.executablePath();';
  await run(step, "node", ["--input-type=module", "--eval", script], {
    failed: "the browser of the tests cannot be unpacked.",
    // The second makes it unpack the libraries that a small system lacks.
    env: { TMPDIR: fresh, AWS_EXECUTION_ENV: "AWS_Lambda_nodejs24.x" },
  });
  rmSync(folder, { recursive: true, force: true });
  renameSync(fresh, folder);
}

// ---------------------------------------------------------------------------------------------------- the means

/** Runs a program to its end with a sign of life every ten seconds; its own words are shown only when it fails. */
async function run(step, program, parameters, { missing, failed, env = {} }) {
  const started = Date.now();
  const child = spawn(program, parameters, {
    cwd: ROOT,
    env: { ...environment(), ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let words = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (bytes) => (words += bytes));
  const life = setInterval(
    () => say(`${step} … ${Math.round((Date.now() - started) / 1000)} s`),
    10_000,
  );
  try {
    const status = await new Promise((resolve, reject) => {
      child.on("error", (error) =>
        reject(error.code === "ENOENT" && missing ? new SetUpError(missing) : error),
      );
      child.on("close", (code) => resolve(code));
    });
    if (status !== 0) failWith(`${failed}\n\n${words.trimEnd()}`);
  } finally {
    clearInterval(life);
  }
}

/** The caller's environment with this project's programs first on the path. */
function environment() {
  return {
    ...process.env,
    PATH: [BINARIES, process.env.PATH ?? ""].join(delimiter),
    TSX_TSCONFIG_PATH: join(ROOT, "tsconfig.json"),
  };
}

/** One hash over the names and bytes of files and of whole folders; what is absent counts as absent. */
function hashOf(paths) {
  const hash = createHash("sha256");
  const add = (path) => {
    const absolute = join(ROOT, path);
    if (!existsSync(absolute)) hash.update(`absent ${path}\n`);
    else if (statSync(absolute).isDirectory())
      readdirSync(absolute)
        .filter((name) => name !== "dist")
        .sort()
        .forEach((name) => add(join(path, name)));
    else hash.update(`${path} ${statSync(absolute).size}\n`).update(readFileSync(absolute));
  };
  paths.forEach(add);
  return hash.digest("hex");
}

function readStamps() {
  return existsSync(STAMPS) ? JSON.parse(readFileSync(STAMPS, "utf8")) : {};
}

function stamp(name, hash) {
  mkdirSync(CACHE, { recursive: true });
  writeFileSync(`${STAMPS}.new`, JSON.stringify({ ...readStamps(), [name]: hash }, null, 2));
  renameSync(`${STAMPS}.new`, STAMPS);
}

/** One set-up at a time in a checkout; whoever comes second waits, and finds most of it done. */
async function takeLock() {
  mkdirSync(dirname(LOCK), { recursive: true });
  for (let waited = 0; ; waited += 1) {
    try {
      writeFileSync(LOCK, String(process.pid), { flag: "wx" });
      const give = () => rmSync(LOCK, { force: true });
      const stop = () => process.exit(CANNOT_RUN);
      const signals = ["SIGINT", "SIGTERM", "SIGHUP"];
      process.on("exit", give);
      signals.forEach((signal) => process.on(signal, stop));
      return () => {
        give();
        process.off("exit", give);
        signals.forEach((signal) => process.off(signal, stop));
      };
    } catch (error) {
      if (error.code !== "EEXIST") throw error;
    }
    if (isAbandoned()) rmSync(LOCK, { force: true });
    else if (waited % 20 === 0) say("Another set-up is at work in this folder; waiting for it …");
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

function isAbandoned() {
  try {
    process.kill(Number(readFileSync(LOCK, "utf8")), 0);
    return false;
  } catch (error) {
    return error.code === "ESRCH";
  }
}

function readJson(path) {
  return JSON.parse(readFileSync(join(ROOT, path), "utf8"));
}

function say(words) {
  process.stderr.write(`${words}\n`);
}

function failWith(message) {
  throw new SetUpError(message);
}

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url))
  await orExplain(async () => {
    const parameters = process.argv.slice(2);
    const dashes = parameters.indexOf("--");
    await setUp(dashes < 0 ? parameters : parameters.slice(0, dashes));
    if (dashes >= 0) await handOver(parameters.slice(dashes + 1));
  });
