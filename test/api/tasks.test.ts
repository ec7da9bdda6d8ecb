import { expect } from "chai";
import { eq } from "drizzle-orm";
import type { UploadJson } from "../../api/schemas/uploads.ts";
import type { TaskJson, TaskPageJson } from "../../api/schemas/tasks.ts";
import type { Terms } from "../../protocol/terms.ts";
import { taskIdOf } from "../../protocol/task-id.ts";
import { operatorAcceptanceDigest, signingDomain } from "../../protocol/typed-data.ts";
import { recoverAddress } from "../../runtime/signatures.ts";
import type { Hash, Hex } from "../../protocol/words.ts";
import { tasks } from "../../store/schema/chain.ts";
import { acceptances } from "../../store/schema/submissions.ts";
import {
  call,
  entriesOf,
  hashOf,
  keyOf,
  makeBallot,
  openService,
  operator,
  pairRows,
  requester,
  seatPeople,
  seedTask,
  setChainTime,
  START,
  submit,
  termsFor,
  TOKEN,
  upload,
} from "./service.ts";
import type { Service } from "./service.ts";

describe("Acceptances", () => {
  let service: Service;
  let part: UploadJson["parts"][number];
  beforeEach(async () => {
    service = await openService({ limits: { leastOperatorFee: 10n } });
    part = (await upload(service, pairRows(4))).body.parts[0]!;
  });
  afterEach(() => service.close());

  const accept = (change: Partial<Terms> = {}, nonce = "0") => {
    const terms = termsFor(part, { operatorFee: 10n, ...change });
    const json = JSON.stringify(terms, (_key, value: unknown) =>
      typeof value === "bigint" ? value.toString() : value,
    );
    return call<{ taskId: Hash; signature: Hex }>(service, "POST", "/api/acceptances", {
      terms: JSON.parse(json) as unknown,
      requester: requester.address,
      nonce,
    });
  };

  it("are the operator's signature over the task's id", async () => {
    const { status, body } = await accept();
    expect(status, JSON.stringify(body)).to.equal(200);
    const contract = `0x${"a2".repeat(20)}`;
    const terms = termsFor(part, { operatorFee: 10n });
    expect(body.taskId).to.equal(taskIdOf(31337n, contract, requester.address, 0n, terms));
    const digest = operatorAcceptanceDigest(signingDomain(31337n, contract), body.taskId);
    expect(recoverAddress(digest, body.signature)).to.equal(operator.address);
  });

  it("are the same for the same request", async () => {
    const first = await accept();
    const again = await accept();
    expect(again.body).to.deep.equal(first.body);
    expect(await service.db.select().from(acceptances)).to.have.length(1);
    expect((await accept({}, "1")).body.taskId).not.to.equal(first.body.taskId);
  });

  const refusals: readonly [name: string, change: Partial<Terms>, term: string][] = [
    ["another operator", { operator: keyOf("other").address }, "operator"],
    ["receipts by another key", { receiptKey: keyOf("other").address }, "receiptKey"],
    ["too small a fee", { operatorFee: 9n }, "operatorFee"],
    ["content that was not uploaded", { manifestHash: hashOf("nothing") }, "manifestHash"],
    ["other items than the manifest's", { itemsRoot: hashOf("other items") }, "itemsRoot"],
    ["another count than the manifest's", { itemCount: 3 }, "itemCount"],
    [
      "a list the manifest does not have",
      { humanAdmissionRoot: hashOf("list"), humanSeats: 3 },
      "humanAdmissionRoot",
    ],
    ["a bond the operator cannot cover", { operatorBond: 1_000_001n * TOKEN }, "operatorBond"],
  ];
  for (const [name, change, term] of refusals) {
    it(`are refused for ${name}`, async () => {
      const { status, body } = await accept(change);
      expect([status, body.code, body.term]).to.deep.equal([422, "acceptance-refused", term]);
      expect(await service.db.select().from(acceptances)).to.be.empty;
    });
  }

  it("are refused for terms the contract would refuse, naming every fault", async () => {
    const { status, body } = await accept({ humanVotes: 1, closesAt: START, aiClosesAt: START });
    expect([status, body.code]).to.deep.equal([422, "terms-invalid"]);
    expect(body.faults.map(({ term }) => term)).to.include.members(["humanVotes", "closesAt"]);
  });

  it("are refused for so much oversubscription that the task is a replay, unless the manifest says so", async () => {
    const people = await seatPeople(service, 3);
    const humans = people.map(({ address }) => address).join(",");
    const terms = { oversubscription: 3_000_000, operatorFee: 10n };
    part = (await upload(service, pairRows(4), { humans })).body.parts[0]!;
    expect((await accept(terms)).body).to.include({
      code: "acceptance-refused",
      term: "oversubscription",
    });
    part = (await upload(service, pairRows(4), { humans, replay: "true" })).body.parts[0]!;
    expect((await accept(terms)).status).to.equal(200);
  });

  it("are refused for terms that are none", async () => {
    const { status, body } = await call(service, "POST", "/api/acceptances", {
      terms: { operator: "me" },
      requester: requester.address,
      nonce: "0",
    });
    expect([status, body.code]).to.deep.equal([400, "invalid-input"]);
  });
});

describe("Tasks", () => {
  let service: Service;
  beforeEach(async () => {
    service = await openService();
  });
  afterEach(() => service.close());

  it("show state, terms, progress and money", async () => {
    const people = await seatPeople(service, 3);
    const { taskId, terms } = await seedTask(service, { query: { title: "Six pairs" } });
    for (const key of people)
      await submit(service, taskId, makeBallot(taskId, key, entriesOf([0, 1])));
    const { status, body } = await call<TaskJson>(service, "GET", `/api/tasks/${taskId}`);
    expect(status).to.equal(200);
    expect(body).to.deep.include({ taskId, state: "Open", title: "Six pairs", replay: false });
    expect(body.terms).to.include({
      humanPrice: TOKEN.toString(),
      closesAt: Number(terms.closesAt),
      humanVotes: 3,
    });
    expect(body.progress).to.deep.include({
      humanWanted: 18,
      humanReceipted: 6,
      itemsFull: 2,
      humanValidators: 3,
    });
    expect(body.money).to.deep.include({ escrow: (18n * TOKEN).toString(), paid: null });
  });

  it("follow the chain's time", async () => {
    const { taskId, terms } = await seedTask(service);
    const stateAt = async (time: bigint) => {
      await setChainTime(service, time);
      return (await call<TaskJson>(service, "GET", `/api/tasks/${taskId}`)).body.state;
    };
    expect(await stateAt(START)).to.equal("Open");
    expect(await stateAt(terms.closesAt)).to.equal("Committing");
    expect(await stateAt(terms.commitEndsAt)).to.equal("Revealing");
    expect(await stateAt(terms.revealEndsAt)).to.equal("Settling");
    await service.db.update(tasks).set({ booksClosed: true }).where(eq(tasks.taskId, taskId));
    expect(await stateAt(terms.revealEndsAt)).to.equal("Settled");
  });

  it("are listed newest first, in pages, by state", async () => {
    const made: string[] = [];
    for (let i = 0; i < 5; i++) {
      made.unshift((await seedTask(service, { rows: pairRows(1), opened: i % 2 === 0 })).taskId);
    }
    const listed: string[] = [];
    let cursor: string | null = null;
    do {
      const query: string = cursor === null ? "" : `&cursor=${cursor}`;
      const { body } = await call<TaskPageJson>(service, "GET", `/api/tasks?limit=2${query}`);
      listed.push(...body.tasks.map((each) => each.taskId));
      cursor = body.nextCursor;
    } while (cursor !== null);
    expect(listed).to.deep.equal(made);
    for (const [state, count] of [
      ["Open", 3],
      ["Funded", 2],
      ["Settled", 0],
    ] as const) {
      const { body } = await call<TaskPageJson>(service, "GET", `/api/tasks?state=${state}`);
      expect(body.tasks, state).to.have.length(count);
      for (const task of body.tasks) expect(task.state).to.equal(state);
    }
    expect((await call(service, "GET", "/api/tasks?cursor=x")).body.code).to.equal(
      "cursor-invalid",
    );
    expect((await call(service, "GET", "/api/tasks?state=Odd")).body.code).to.equal(
      "invalid-input",
    );
  });

  it("serve their manifest byte by byte", async () => {
    const { taskId, terms } = await seedTask(service);
    const response = await fetch(`${service.url}/api/tasks/${taskId}/manifest`);
    const bytes = Buffer.from(await response.arrayBuffer());
    expect(hashOf(bytes.toString())).to.equal(terms.manifestHash);
  });

  it("are unknown where there are none", async () => {
    for (const path of ["", "/manifest"]) {
      const { status, body } = await call(service, "GET", `/api/tasks/${hashOf("none")}${path}`);
      expect([status, body.code]).to.deep.equal([404, "task-unknown"]);
    }
    expect((await call(service, "GET", "/api/tasks/0x12")).body.code).to.equal("invalid-input");
  });
});
