/**
 * How many ballots a second the api takes in through real HTTP, and what part of a core the recovery of signers costs:
 * with the native addon and with ethers, in the same run. The load has the shape of the MT-Bench replay: one validator who
 * judges every item, many who judge a few, every judgment a new version of a growing ballot.
 *
 *     npm run bench:intake -- --json FILE [--items 1814] [--people 65] [--each 52] [--ethers-share 0.1]
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { Agent, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { nativeSecp256k1 } from "../runtime/signatures.ts";
import { ethersSignatures, nativeSignatures } from "../runtime/signatures.ts";
import type { Signatures } from "../runtime/signatures.ts";
import { makeLoad, openIntake } from "./intake-load.ts";
import type { Load, Posting } from "./intake-load.ts";

interface Measured {
  readonly ballots: number;
  readonly seconds: number;
  readonly ballotsPerSecond: number;
  /** Time inside recovery alone. */
  readonly recoverySeconds: number;
  readonly recoveryMicroseconds: number;
  /** Recovery's part of one core while ballots came in. */
  readonly recoveryShareOfCore: number;
  /** All of this process: server, database, and the client that posts. */
  readonly cpuSeconds: number;
  readonly millisecondsP50: number;
  readonly millisecondsP99: number;
}

/** Requests under way at once; each validator's own come one after the other. */
const CLIENTS = 4;

async function measure(load: Load, signatures: Signatures): Promise<Measured> {
  const folder = await mkdtemp(join(tmpdir(), "scrutineer-intake-"));
  let recovery = 0n;
  const timed: Signatures["recoverAddress"] = (digest, signature) => {
    const start = process.hrtime.bigint();
    const signer = signatures.recoverAddress(digest, signature);
    recovery += process.hrtime.bigint() - start;
    return signer;
  };
  const intake = await openIntake(folder, load, timed);
  const agent = new Agent({ keepAlive: true, maxSockets: CLIENTS });
  const times: number[] = [];
  const queue = [...load.validators];
  const post = async (): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      for (const posting of next.postings()) {
        const start = performance.now();
        await send(agent, `${intake.url}/api/tasks/${load.taskId}/ballots`, posting);
        times.push(performance.now() - start);
      }
    }
  };
  try {
    const cpu = process.cpuUsage();
    const start = performance.now();
    await Promise.all(Array.from({ length: CLIENTS }, post));
    const seconds = (performance.now() - start) / 1000;
    const { user, system } = process.cpuUsage(cpu);
    const recoverySeconds = Number(recovery) / 1e9;
    times.sort((a, b) => a - b);
    const at = (share: number): number => times[Math.floor(share * (times.length - 1))] ?? 0;
    return {
      ballots: times.length,
      seconds: round(seconds),
      ballotsPerSecond: round(times.length / seconds),
      recoverySeconds: round(recoverySeconds),
      recoveryMicroseconds: round((recoverySeconds / times.length) * 1e6),
      recoveryShareOfCore: round(recoverySeconds / seconds),
      cpuSeconds: round((user + system) / 1e6),
      millisecondsP50: round(at(0.5)),
      millisecondsP99: round(at(0.99)),
    };
  } finally {
    agent.destroy();
    await intake.close();
    await rm(folder, { recursive: true, force: true });
  }
}

function send(agent: Agent, url: string, posting: Posting): Promise<void> {
  return new Promise((resolve, reject) => {
    const body = JSON.stringify(posting);
    const sent = request(
      url,
      {
        method: "POST",
        agent,
        headers: {
          "content-type": "application/json",
          "content-length": Buffer.byteLength(body),
        },
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("end", () => {
          if (response.statusCode === 201) resolve();
          else reject(new Error(`refused: ${Buffer.concat(chunks).toString()}`));
        });
      },
    );
    sent.on("error", reject);
    sent.end(body);
  });
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}

const { values } = parseArgs({
  options: {
    json: { type: "string" },
    items: { type: "string", default: "1814" },
    people: { type: "string", default: "65" },
    each: { type: "string", default: "52" },
    "ethers-share": { type: "string", default: "0.1" },
  },
});
const shape = {
  items: Number(values.items),
  people: Number(values.people),
  each: Number(values.each),
};
if (nativeSecp256k1 === undefined) throw new Error("the native secp256k1 addon was not built here");

console.error("native: warming up and measuring");
await measure(
  await makeLoad({ items: 60, people: 4, each: 20 }),
  nativeSignatures(nativeSecp256k1),
);
const native = await measure(await makeLoad(shape), nativeSignatures(nativeSecp256k1));
console.error(`native: ${native.ballotsPerSecond} ballots a second`);
const share = Number(values["ethers-share"]);
const smaller = {
  items: Math.max(10, Math.round(shape.items * share)),
  people: Math.max(2, Math.round(shape.people * share)),
  each: Math.min(shape.each, Math.max(10, Math.round(shape.items * share))),
};
console.error("ethers: measuring a smaller load");
const ethers = await measure(await makeLoad(smaller), ethersSignatures());
const sameLoad = await measure(await makeLoad(smaller), nativeSignatures(nativeSecp256k1));
console.error(
  `ethers: ${ethers.ballotsPerSecond} ballots a second, native ${sameLoad.ballotsPerSecond} on the same load`,
);

const report = {
  shape,
  native,
  sameSmallerLoad: { shape: smaller, native: sameLoad, ethers },
  ethersRecoveryTimesSlower: round(ethers.recoveryMicroseconds / sameLoad.recoveryMicroseconds),
};
const text = `${JSON.stringify(report, null, 2)}\n`;
if (values.json === undefined) process.stdout.write(text);
else await writeFile(values.json, text);
