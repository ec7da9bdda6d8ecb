import { createHash } from "node:crypto";
import { expect } from "chai";
import { eq } from "drizzle-orm";
import type { ReleaseJson } from "../../api/schemas/releases.ts";
import { encodeEntries } from "../../protocol/ballot.ts";
import type { Annex } from "../../protocol/manifest.ts";
import { ticketsOf, toCanonical } from "../../protocol/ticket.ts";
import type { PresentedVerdict } from "../../protocol/words.ts";
import { ballots, tasks } from "../../store/schema/chain.ts";
import {
  call,
  hashOf,
  makeBallot,
  openService,
  pairRows,
  plainGet,
  seatPeople,
  seedTask,
  setChainTime,
  START,
  submit,
  TOKEN,
} from "./service.ts";
import type { SeededTask, Service } from "./service.ts";

describe("Releases", () => {
  let service: Service;
  let task: SeededTask;
  let unsettled: SeededTask;
  before(async () => {
    service = await openService();
    unsettled = await seedTask(service, { opened: false });
    task = await settle();
  });
  after(() => service.close());

  /** Six items that three people judged alike, settled. */
  async function settle(): Promise<SeededTask> {
    const people = await seatPeople(service, 3);
    const seeded = await seedTask(service, { rows: pairRows(6), query: { title: "Six" } });
    const { taskId } = seeded;
    for (const [i, key] of people.entries()) {
      const ticketOf = ticketsOf(hashOf(`seed of ${taskId}`), key.address, 2n ** 255n);
      const presented = [0, 1, 2, 3, 4, 5].map((itemIndex) => ({
        itemIndex,
        verdict: (itemIndex % 3) as PresentedVerdict,
      }));
      const body = makeBallot(taskId, key, presented);
      expect((await submit(service, taskId, body)).status).to.equal(201);
      await service.db.insert(ballots).values({
        taskId,
        validator: key.address,
        role: "Human",
        status: "Settled",
        signer: key.address,
        version: 1,
        judgments: 6,
        admissionIndex: 0,
        commitment: body.ballot.commitment,
        lockedUnits: 0n,
        entries: encodeEntries(
          presented.map(({ itemIndex, verdict }) => ({
            itemIndex,
            verdict: toCanonical(verdict, ticketOf(itemIndex).flip),
          })),
        ),
        effectiveJudgments: 6,
        scorePpm: 250_000,
        scored: 6,
        multiplePpm: 1_000_000,
        payUnits: 6n * TOKEN,
        lossUnits: 0n,
        firstCommitBlock: 60n,
        firstCommitLogIndex: i,
        committedAt: START,
        committedBlock: 60n,
        committedBlockHash: hashOf("block 60"),
        committedTx: hashOf("commit"),
        revealedTx: hashOf("reveal"),
        settledTx: hashOf("settle"),
      });
    }
    await service.db
      .update(tasks)
      .set({
        booksClosed: true,
        settled: true,
        ballotsCommitted: 3,
        ballotsSettled: 3,
        refundUnits: 0n,
        feeUnits: 0n,
        paidUnits: 18n * TOKEN,
        restUnits: 0n,
        settledAt: seeded.terms.revealEndsAt,
      })
      .where(eq(tasks.taskId, taskId));
    await setChainTime(service, seeded.terms.revealEndsAt);
    return seeded;
  }

  const draw = () =>
    call<ReleaseJson>(service, "POST", "/api/releases", { taskIds: [task.taskId] });

  it("are drawn once, and found again", async () => {
    const first = await draw();
    expect(first.status, JSON.stringify(first.body)).to.equal(201);
    const [again, beside] = await Promise.all([draw(), draw()]);
    expect(again.body).to.deep.equal(first.body);
    expect(beside.body).to.deep.equal(first.body);
    const one = await call<ReleaseJson>(service, "GET", `/api/releases/${first.body.releaseId}`);
    expect(one.body).to.deep.equal(first.body);
    const all = await call<{ releases: ReleaseJson[] }>(service, "GET", "/api/releases");
    expect(all.body.releases).to.deep.equal([first.body]);
  });

  it("list files whose sizes and sha-256 are theirs, whatever folder they lie in", async () => {
    const { files } = (await draw()).body;
    expect(files.map(({ name }) => name)).to.include.members([
      "README.md",
      "manifest.json",
      "preference/preference.parquet",
      "votes/votes.jsonl",
    ]);
    for (const file of files) {
      const { status, body, headers } = await plainGet(`${service.url}${file.url}`);
      expect(status, file.name).to.equal(200);
      expect(body.length).to.equal(file.bytes);
      expect(`0x${createHash("sha256").update(body).digest("hex")}`).to.equal(file.sha256);
      expect(headers.etag).to.equal(`"${file.sha256.slice(2)}"`);
      expect(headers["accept-ranges"]).to.equal("bytes");
    }
  });

  it("can be had in pieces, and go on where a download stopped", async () => {
    const { files } = (await draw()).body;
    const file = files.find(({ name }) => name === "votes/votes.jsonl");
    if (file === undefined) throw new Error("no votes");
    const url = `${service.url}${file.url}`;
    const whole = await plainGet(url);
    const etag = whole.headers.etag as string;
    const half = Math.floor(file.bytes / 2);
    const start = await plainGet(url, { range: `bytes=0-${half - 1}` });
    const rest = await plainGet(url, { range: `bytes=${half}-`, "if-range": etag });
    expect([start.status, rest.status]).to.deep.equal([206, 206]);
    expect(rest.headers["content-range"]).to.equal(`bytes ${half}-${file.bytes - 1}/${file.bytes}`);
    expect(Buffer.concat([start.body, rest.body]).equals(whole.body)).to.be.true;
    expect((await plainGet(url, { "if-none-match": etag })).status).to.equal(304);
    const changed = await plainGet(url, { range: `bytes=${half}-`, "if-range": '"another"' });
    expect([changed.status, changed.body.length]).to.deep.equal([200, file.bytes]);
    const beyond = await plainGet(url, { range: `bytes=${file.bytes}-` });
    expect(beyond.status).to.equal(416);
    expect(JSON.parse(beyond.body.toString())).to.include({ code: "range-not-satisfiable" });
  });

  it("open the annex: the models behind A and B", async () => {
    const { annexHash } = task.upload.parts[0]!.manifest;
    const { status, body } = await call<Annex>(service, "GET", `/api/content/${annexHash}`);
    expect(status).to.equal(200);
    expect(body.items).to.have.length(6);
  });

  it("are refused of tasks that are not settled, or unknown", async () => {
    const refuse = async (taskIds: string[]) => {
      const { status, body } = await call(service, "POST", "/api/releases", { taskIds });
      return [status, body.code];
    };
    expect(await refuse([unsettled.taskId])).to.deep.equal([409, "task-not-settled"]);
    expect(await refuse([hashOf("no task")])).to.deep.equal([404, "task-unknown"]);
    expect(await refuse([])).to.deep.equal([400, "invalid-input"]);
  });

  it("have no files but their own", async () => {
    const { releaseId } = (await draw()).body;
    for (const name of ["nothing", "../../blobs", "..%2f..%2fblobs", "%2e%2e/secret", "votes"]) {
      const { status } = await plainGet(`${service.url}/api/releases/${releaseId}/files/${name}`);
      expect(status, name).to.equal(404);
    }
    const { body } = await call(service, "GET", "/api/releases/release-none/files/README.md");
    expect(body.code).to.equal("release-unknown");
  });
});
