import { expect } from "chai";
import type { StoredCopyJson } from "../../api/schemas/openings.ts";
import {
  call,
  entriesOf,
  makeBallot,
  openService,
  seatPeople,
  seedTask,
  signInAs,
  submit,
} from "./service.ts";
import type { Key, SeededTask, Service } from "./service.ts";

const CIPHERTEXT = Buffer.from("what only its validator can read").toString("base64");

describe("Copies of openings", () => {
  let service: Service;
  let ann: Key;
  let ben: Key;
  let task: SeededTask;
  let token: string;
  beforeEach(async () => {
    service = await openService();
    [ann, ben] = (await seatPeople(service, 3)) as [Key, Key];
    task = await seedTask(service);
    token = await signInAs(service, ann);
  });
  afterEach(() => service.close());

  const path = (): string => `/api/tasks/${task.taskId}/openings/${ann.address}`;
  const leave = (version: number, ciphertext = CIPHERTEXT, as = token) =>
    call(service, "PUT", path(), { version, ciphertext }, as);
  const fetchCopy = (as = token) => call<StoredCopyJson>(service, "GET", path(), undefined, as);

  describe("given a ballot that was receipted here", () => {
    beforeEach(async () => {
      const ballot = makeBallot(task.taskId, ann, entriesOf([0]));
      expect((await submit(service, task.taskId, ballot)).status).to.equal(201);
    });

    it("are given back as they were left, to their validator", async () => {
      expect((await leave(1)).status).to.equal(204);
      const { status, body } = await fetchCopy();
      expect([status, body.version, body.ciphertext]).to.deep.equal([200, 1, CIPHERTEXT]);
    });
    it("make place for newer ones, and for none that are older", async () => {
      const newer = Buffer.from("a newer copy of all that was signed").toString("base64");
      await leave(2);
      expect((await leave(3, newer)).status).to.equal(204);
      const { status, body } = await leave(2);
      expect([status, body.code]).to.deep.equal([409, "version-stale"]);
      expect((await fetchCopy()).body.ciphertext).to.equal(newer);
    });
    it("are nobody else's, to read or to replace", async () => {
      await leave(1);
      const stranger = await signInAs(service, ben);
      for (const answer of [await fetchCopy(stranger), await leave(2, CIPHERTEXT, stranger)])
        expect([answer.status, answer.body.code]).to.deep.equal([403, "not-allowed"]);
      expect((await call(service, "GET", path())).status).to.equal(401);
    });
    it("have an end: what is too large is refused", async () => {
      const large = Buffer.alloc(1_200_000).toString("base64");
      const { status, body } = await leave(1, large);
      expect([status, body.code]).to.deep.equal([400, "invalid-input"]);
      expect((await leave(1, "not base64 at all, but long enough to be some")).status).to.equal(
        400,
      );
    });
  });

  it("are kept for nobody without a ballot here", async () => {
    const { status, body } = await leave(1);
    expect([status, body.code]).to.deep.equal([404, "ballot-unknown"]);
    expect((await fetchCopy()).body.code).to.equal("copy-unknown");
  });
});
