import { expect } from "chai";
import { eq } from "drizzle-orm";
import type { BallotStateJson } from "../../api/schemas/ballots.ts";
import type { GoldsKeptJson } from "../../api/schemas/golds.ts";
import type { TaskJson } from "../../api/schemas/tasks.ts";
import type { UploadJson } from "../../api/schemas/uploads.ts";
import { encodeEntries } from "../../protocol/ballot.ts";
import { encodeGolds, goldHashOf } from "../../protocol/gold.ts";
import type { Annex } from "../../protocol/manifest.ts";
import type { Hash } from "../../protocol/words.ts";
import { ballots, golds, judgments, tasks } from "../../store/schema/chain.ts";
import { sealedGolds } from "../../store/schema/submissions.ts";
import {
  askAcceptance,
  call,
  entriesOf,
  factAt,
  hashOf,
  makeBallot,
  openService,
  pairRows,
  seatPeople,
  seedTask,
  START,
  submit,
  termsFor,
  upload,
} from "./service.ts";
import type { Service } from "./service.ts";

describe("Golds", () => {
  let service: Service;
  let part: UploadJson["parts"][number];
  const salt = hashOf("salt of golds");

  async function open(options: Parameters<typeof openService>[0] = {}): Promise<void> {
    service = await openService(options);
    part = (await upload(service, pairRows(40))).body.parts[0]!;
  }
  afterEach(() => service.close());

  const handIn = (
    answers: readonly [itemIndex: number, answer: "A" | "B"][],
    change: object = {},
  ) =>
    call<GoldsKeptJson>(service, "POST", "/api/golds", {
      manifestHash: part.manifestHash,
      salt,
      golds: answers.map(([itemIndex, answer]) => ({ itemIndex, answer })),
      ...change,
    });
  const packed = encodeGolds(
    [
      { itemIndex: 3, answer: 1 },
      { itemIndex: 17, answer: 0 },
    ],
    40,
  );

  describe("handed in for an upload", () => {
    beforeEach(() => open());

    it("are answered with the hash that binds them, in whatever order they came", async () => {
      const { status, body } = await handIn([
        [17, "A"],
        [3, "B"],
      ]);
      expect(status, JSON.stringify(body)).to.equal(201);
      expect(body).to.deep.equal({ goldHash: goldHashOf(salt, packed), golds: 2 });
      const [kept] = await service.db.select().from(sealedGolds);
      expect(kept).to.include({ golds: packed, salt, manifestHash: part.manifestHash });
    });

    it("are said of the imported items, whose swapped sides the upload names", async () => {
      const bytes = await service.blobs.get(part.manifest.annexHash);
      const annex = JSON.parse(new TextDecoder().decode(bytes)) as Annex;
      const swapped = annex.items.flatMap(({ modelA }, i) => (modelA === "other" ? [i] : []));
      expect(part.swapped).to.deep.equal(swapped);
      expect(swapped).not.to.be.empty;
    });

    it("may be handed in again, and not for another upload under the same salt", async () => {
      await handIn(pairs(3));
      expect((await handIn(pairs(3))).status).to.equal(201);
      const { manifestHash } = part;
      part = (await upload(service, pairRows(40))).body.parts[0]!;
      const { status, body } = await handIn(pairs(3));
      expect([status, body.code]).to.deep.equal([422, "gold-mismatch"]);
      const kept = await service.db.select().from(sealedGolds);
      expect(kept.map((row) => row.manifestHash)).to.deep.equal([manifestHash]);
      expect((await handIn(pairs(3), { salt: hashOf("another salt") })).status).to.equal(201);
    });

    const refusals: readonly [string, Parameters<typeof handIn>, string][] = [
      ["twice the same item", [[...pairs(3), ...pairs(3)]], "gold-invalid"],
      ["an item there is not", [pairs(40)], "gold-invalid"],
      ["more than 15 % of the items", [pairs(0, 1, 2, 3, 4, 5, 6)], "gold-too-many"],
      ["a tie", [[[3, "tie" as "A"]]], "invalid-input"],
      ["none at all", [[]], "invalid-input"],
      ["no salt", [pairs(3), { salt: "0x" }], "invalid-input"],
      ["another upload", [pairs(3), { manifestHash: hashOf("nothing") }], "manifest-unknown"],
    ];
    for (const [name, given, code] of refusals) {
      it(`are refused with ${name}`, async () => {
        expect((await handIn(...given)).body.code).to.equal(code);
        expect(await service.db.select().from(sealedGolds)).to.be.empty;
      });
    }
  });

  describe("that the terms bind", () => {
    const accept = (goldHash: Hash) => askAcceptance(service, termsFor(part, { goldHash }));

    it("are accepted where they were handed in", async () => {
      await open();
      const { body } = await handIn([
        [3, "B"],
        [17, "A"],
      ]);
      expect((await accept(body.goldHash)).status).to.equal(200);
    });

    it("are refused where they were not: the operator could not open them", async () => {
      await open();
      const { status, body } = await accept(goldHashOf(salt, packed));
      expect(status).to.equal(422);
      expect(body).to.include({ code: "gold-unknown", term: "goldHash" });
    });

    it("are accepted unseen by an operator who says so", async () => {
      await open({ acceptsUnseenGold: true });
      expect((await accept(goldHashOf(salt, packed))).status).to.equal(200);
    });

    it("are refused for other items than those they were handed in for", async () => {
      await open();
      const { body } = await handIn([[3, "A"]]);
      part = (await upload(service, pairRows(40))).body.parts[0]!;
      const refused = await accept(body.goldHash);
      expect(refused.body).to.include({ code: "acceptance-refused", term: "goldHash" });
    });
  });

  describe("of a task", () => {
    it("stand in no answer while they are sealed", async () => {
      await open();
      const { body } = await handIn([
        [3, "B"],
        [17, "A"],
      ]);
      const { goldHash } = body;
      const { manifestHash } = part;
      const accepted = await askAcceptance(service, termsFor(part, { goldHash }));
      const { taskId } = await seedTask(service);
      await service.db.update(tasks).set({ goldHash, manifestHash, goldStage: "Sealed" });
      const answers: [place: string, answer: { status: number; body: unknown }][] = [
        ["the acceptance", accepted],
        ...(await Promise.all(
          ["/api/tasks", `/api/tasks/${taskId}`, `/api/content/${manifestHash}`].map(
            async (path): Promise<[string, { status: number; body: unknown }]> => [
              path,
              await call(service, "GET", path),
            ],
          ),
        )),
      ];
      for (const [place, { status, body: told }] of answers) {
        expect(status, place).to.equal(200);
        for (const secret of [salt, packed]) {
          expect(JSON.stringify(told), place).not.to.include(secret.slice(2));
        }
      }
      const hidden = await call(service, "GET", `/api/content/${goldHash}`);
      expect([hidden.status, hidden.body.code]).to.deep.equal([404, "content-unknown"]);
    });

    it("are nothing without a gold hash, then sealed, then counted", async () => {
      await open();
      const { taskId } = await seedTask(service);
      const shown = async () =>
        (await call<TaskJson>(service, "GET", `/api/tasks/${taskId}`)).body.gold;
      expect(await shown()).to.equal(null);
      const set = (change: Partial<typeof tasks.$inferInsert>) =>
        service.db.update(tasks).set(change).where(eq(tasks.taskId, taskId));
      await set({ goldHash: hashOf("golds"), goldStage: "Sealed" });
      expect(await shown()).to.deep.equal({
        stage: "Sealed",
        golds: null,
        valid: null,
        void: null,
      });
      await set({ goldStage: "Gate", goldCount: 20, goldValid: 19, goldVoid: 1 });
      expect(await shown()).to.deep.equal({ stage: "Gate", golds: 20, valid: 19, void: 1 });
    });

    it("say of a settled ballot how many it answered rightly, as the chain said or as its votes say", async () => {
      await open();
      const { taskId } = await seedTask(service, { rows: pairRows(40) });
      const [person] = await seatPeople(service, 1);
      const validator = person!.address;
      await submit(service, taskId, makeBallot(taskId, person!, entriesOf([0])));
      await service.db.update(tasks).set({ goldHash: hashOf("golds"), goldStage: "Gate" });
      await service.db.insert(golds).values([
        { taskId, itemIndex: 1, answer: 0, ...factAt() },
        { taskId, itemIndex: 2, answer: 1, ...factAt() },
      ]);
      await service.db.insert(ballots).values({
        ...{ taskId, validator, role: "Human", status: "Settled", signer: validator, version: 1 },
        ...{ judgments: 3, admissionIndex: 0, commitment: hashOf("c"), lockedUnits: 0n },
        // Gold 1 answered rightly, gold 2 with a tie.
        entries: encodeEntries([
          { itemIndex: 0, verdict: 0 },
          { itemIndex: 1, verdict: 0 },
          { itemIndex: 2, verdict: 2 },
        ]),
        ...{ effectiveJudgments: 3, scorePpm: 0, scored: 3, multiplePpm: 0, payUnits: 0n },
        ...{ lossUnits: 0n, goldFailed: false, firstCommitBlock: 60n, firstCommitLogIndex: 0 },
        ...{ committedAt: START, committedBlock: 60n, committedBlockHash: hashOf("b") },
        ...{
          committedTx: hashOf("t"),
          settledAt: START,
          settledBlock: 70n,
          settledTx: hashOf("s"),
        },
      });
      await service.db
        .insert(judgments)
        .values({ taskId, itemIndex: 1, validator, role: "Human", verdict: 0, ...factAt() });
      const shown = async () => {
        const path = `/api/tasks/${taskId}/ballots/${validator}`;
        return (await call<BallotStateJson>(service, "GET", path)).body.scored.gold;
      };
      expect(await shown()).to.deep.equal({ right: 1, wrong: 1, failed: false });
      await service.db.update(ballots).set({ goldFailed: true, goldRight: 2, goldWrong: 9 });
      expect(await shown()).to.deep.equal({ right: 2, wrong: 9, failed: true });
      await service.db.update(ballots).set({ goldFailed: null, goldRight: null, goldWrong: null });
      expect(await shown()).to.equal(null);
    });
  });
});

function pairs(...items: number[]): [number, "A"][] {
  return items.map((itemIndex) => [itemIndex, "A"]);
}
