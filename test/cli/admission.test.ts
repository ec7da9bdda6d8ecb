import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { Wallet } from "ethers";
import { createApiClient } from "../../cli/api-client.ts";
import { fund, joinAll } from "../../cli/join.ts";
import { createOutput } from "../../cli/output.ts";
import { waitForTask } from "../../cli/replay/live-through.ts";
import { startStack, type Stack } from "../../cli/stack.ts";
import type { AttestedAdmission } from "../../protocol/admission.ts";
import { admissionTree, type Manifest } from "../../protocol/manifest.ts";
import { deployEas, type Eas } from "../support/eas.ts";
import { FUNDED_KEY } from "../support/local-chain.ts";
import { scrutineer, scrutineerJson } from "../support/scrutineer.ts";

const TOKEN = 10n ** 18n;

interface Refused {
  readonly error: { readonly code: string; readonly message: string };
}

const addressOf = ({ address }: Wallet | { address: string }): string => address.toLowerCase();

describe("scrutineer admission", function () {
  this.timeout(180_000);
  const people = [1, 2, 3].map(() => Wallet.createRandom());
  const ai = Wallet.createRandom();
  const noSeat = Wallet.createRandom();
  const requester = Wallet.createRandom();
  let stack: Stack;
  let dir: string;
  let eas: Eas;
  let drawing: string[];

  before(async () => {
    dir = await mkdtemp(join(tmpdir(), "scrutineer-admission-"));
    stack = await startStack({ output: createOutput(true), port: 0, rpcPort: 0 });
    const { provider, config } = stack;
    const stakeUnits = 100n * TOKEN;
    const attester = new Wallet(FUNDED_KEY, provider);
    [eas] = await Promise.all([
      deployEas(attester),
      joinAll(provider, config.contracts, [
        ...people.map(({ privateKey }) => ({ privateKey, role: "Human" as const, stakeUnits })),
        { privateKey: ai.privateKey, role: "Ai", stakeUnits },
      ]),
      fund(provider, config.contracts, requester.privateKey, 1_000n * TOKEN),
    ]);
    const { block } = await eas.attest(attester, [...people, ai, noSeat].map(addressOf));
    drawing = [
      ...["--rule", "eas", "--contract", eas.contract, "--schema", eas.schema],
      ...["--attester", attester.address, "--block", String(block)],
    ];
  });

  after(async () => {
    await stack?.stop();
    await rm(dir, { recursive: true, force: true });
  });

  async function write(name: string, text: string): Promise<string> {
    const file = join(dir, name);
    await writeFile(file, text);
    return file;
  }

  async function create(list: string): ReturnType<typeof scrutineerJson> {
    const now = (await stack.provider.getBlock("latest"))?.timestamp ?? 0;
    const terms = await write(
      "terms.json",
      JSON.stringify({
        ...{ humanVotes: 3, humanPrice: TOKEN.toString() },
        ...{ closesAt: now + 3600, commitEndsAt: now + 7200, revealEndsAt: now + 10_800 },
      }),
    );
    const pair = { prompt: "1 + 1?", response_a: "2", response_b: "3" };
    const pairs = await write("pairs.jsonl", `${JSON.stringify(pair)}\n`);
    const key = await write("requester.key", requester.privateKey);
    return scrutineerJson(
      ...["task", "create", pairs, "--terms", terms, "--key", key, "--api", stack.apiUrl],
      ...["--human-admission", list],
    );
  }

  /** The list of people, as the command prints it into a file. */
  async function drawn(): Promise<string> {
    const file = join(dir, "people.json");
    const kept = await readFile(file, "utf8").catch(() => undefined);
    if (kept !== undefined) return file;
    const { stdout, stderr } = await scrutineer(
      ...["admission", "draw", ...drawing, "--api", stack.apiUrl],
    );
    expect(stderr).to.match(/^People with a seat and an attestation of schema .*: 3$/m);
    return write("people.json", stdout);
  }

  it("prints the seat holders of a role who have the attestation", async () => {
    const list = JSON.parse(await readFile(await drawn(), "utf8")) as AttestedAdmission;
    expect(list).to.deep.include({ rule: "eas", contract: eas.contract, schema: eas.schema });
    expect(list.validators).to.deep.equal(people.map(addressOf).sort());
  });

  it("asks no service where chain and contract are named", async () => {
    const { contracts, rpcUrl } = stack.config;
    const { status, json } = await scrutineerJson<AttestedAdmission>(
      ...["admission", "draw", ...drawing, "--role", "ai", "--api", "http://127.0.0.1:1/api"],
      ...["--rpc", rpcUrl, "--tasks", contracts.feedbackTasks],
    );
    expect([status, json.validators]).to.deep.equal([0, [addressOf(ai)]]);
  });

  it("gives a task its list, which the terms bind and the manifest explains", async () => {
    const file = await drawn();
    const { status, json, stderr } = await create(file);
    expect(status, stderr).to.equal(0);
    const [{ taskId }] = (json as { tasks: [{ taskId: string }] }).tasks;
    const api = createApiClient(stack.apiUrl);
    const { terms } = await waitForTask(api, taskId, () => true);
    const manifest = await api.get<Manifest>(`/tasks/${taskId}/manifest`);
    const list = JSON.parse(await readFile(file, "utf8")) as AttestedAdmission;
    expect(manifest.admission).to.deep.equal({ human: list, ai: { rule: "open" } });
    expect(terms).to.include({ humanAdmissionRoot: admissionTree(list)?.root, humanSeats: 3 });
  });

  it("names the one who was put onto a list, and no operator takes the task", async () => {
    const list = JSON.parse(await readFile(await drawn(), "utf8")) as AttestedAdmission;
    const validators = [...list.validators, addressOf(noSeat)].sort();
    const padded = await write("padded.json", JSON.stringify({ ...list, validators }));
    const { status, json } = await scrutineerJson<{ holds: boolean; fault: string }>(
      ...["admission", "check", padded, "--api", stack.apiUrl],
    );
    expect([status, json.holds]).to.deep.equal([1, false]);
    const named = `${addressOf(noSeat)} is on the admission list without a seat`;
    expect(json.fault).to.match(new RegExp(`^${named} as Human`));
    const refused = (await create(padded)) as { json: Refused };
    expect(refused.json.error.code).to.equal("acceptance-refused");
    expect(refused.json.error.message).to.match(new RegExp(`^humanAdmissionRoot: ${named}`));
  });

  it("says so where a rule gives nobody", async () => {
    const { status, json } = await scrutineerJson<Refused>(
      ...["admission", "draw", "--rule", "settled", "--minimum", "1", "--block", "1"],
      ...["--api", stack.apiUrl],
    );
    expect([status, json.error.code]).to.deep.equal([2, "tree-empty"]);
  });
});
