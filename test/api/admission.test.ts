import { expect } from "chai";
import type { UploadJson } from "../../api/schemas/uploads.ts";
import type { AdmissionRule } from "../../protocol/admission.ts";
import { ScrutineerError } from "../../protocol/errors.ts";
import type { Address } from "../../protocol/words.ts";
import { acceptances } from "../../store/schema/submissions.ts";
import { askAcceptance, openService, pairRows, termsFor, upload } from "./service.ts";
import type { Service } from "./service.ts";

const address = (n: number): Address => `0x${n.toString(16).padStart(40, "0")}`;
const people = [1, 2, 3].map(address);
const stranger = address(9);
const byAttestation = {
  rule: "eas",
  contract: address(0xea5),
  schema: `0x${"5c".repeat(32)}`,
  attesters: [address(0xa)],
  block: 90,
} as const;

describe("A task that admits by a drawn list", () => {
  let service: Service;
  /** What the chain of the test gives, and which rules it was asked for. */
  let drawn: (() => readonly Address[]) | undefined;
  let asked: unknown[];
  beforeEach(async () => {
    drawn = () => people;
    asked = [];
    service = await openService({
      drawAdmission: async (rule, role) => {
        asked.push([rule.rule, role]);
        if (drawn === undefined) throw new ScrutineerError("chain-unreachable", "no answer");
        return drawn();
      },
    });
  });
  afterEach(() => service.close());

  const importWith = async (options: Record<string, unknown>) => {
    const body = `${JSON.stringify({ options })}\n${pairRows(4)}`;
    return upload(service, body);
  };
  const partWith = async (humanAdmission: AdmissionRule) => {
    const { status, body } = await importWith({ humanAdmission });
    expect(status, JSON.stringify(body)).to.equal(201);
    return body.parts[0]!;
  };
  const accept = (part: UploadJson["parts"][number]) =>
    askAcceptance(service, termsFor(part, { operatorFee: 10n }));

  it("says in its manifest what the list was drawn by, and binds the list in its terms", async () => {
    const rule = { ...byAttestation, validators: people };
    const part = await partWith(rule);
    expect(part.manifest.admission).to.deep.equal({ human: rule, ai: { rule: "open" } });
    expect(part.humanSeats).to.equal(3);
    const named = await upload(service, pairRows(4), { humans: people.join(",") });
    expect(part.humanAdmissionRoot).to.equal(named.body.parts[0]!.humanAdmissionRoot);
  });

  it("is accepted where the chain gives the same list", async () => {
    const { status } = await accept(await partWith({ ...byAttestation, validators: people }));
    expect(status).to.equal(200);
    expect(asked).to.deep.equal([["eas", "Human"]]);
  });

  it("is refused for one name too many, and the refusal names it", async () => {
    const part = await partWith({ ...byAttestation, validators: [...people, stranger] });
    const { status, body } = await accept(part);
    expect([status, body.code, body.term]).to.deep.equal([
      422,
      "acceptance-refused",
      "humanAdmissionRoot",
    ]);
    expect(body.detail).to.match(
      new RegExp(`${stranger} is on the admission list without a seat as Human and an attestation`),
    );
    expect(await service.db.select().from(acceptances)).to.be.empty;
  });

  it("is refused for one name too few, and the refusal names it", async () => {
    const { status, body } = await accept(
      await partWith({ rule: "settled", minimum: 2, block: 90, validators: people.slice(1) }),
    );
    expect([status, body.code]).to.deep.equal([422, "acceptance-refused"]);
    expect(body.detail).to.match(
      new RegExp(`${people[0]} has a seat as Human and 2 scored ballots or more at block 90, and`),
    );
  });

  it("is neither accepted nor refused while the chain does not answer", async () => {
    drawn = undefined;
    const { status, body } = await accept(await partWith({ ...byAttestation, validators: people }));
    expect([status, body.code]).to.deep.equal([503, "chain-unreachable"]);
    expect(await service.db.select().from(acceptances)).to.be.empty;
  });

  it("leaves the chain alone where the requester named whom it liked", async () => {
    const { status } = await accept(await partWith({ rule: "list", validators: [stranger] }));
    expect([status, asked]).to.deep.equal([200, []]);
  });

  it("names bad rows by the lines of a file that the list was put before", async () => {
    const humanAdmission = { ...byAttestation, validators: people };
    const rows = pairRows(2).replace("\n", "\n{}\n");
    for (const [prepended, line] of [
      [true, 2],
      [false, 3],
    ] as const) {
      const options = { humanAdmission, prepended };
      const refused = await upload(service, `${JSON.stringify({ options })}\n${rows}`);
      expect(refused.body.rows.map((row) => row.line)).to.deep.equal([line]);
      const skipping = { ...options, skipBad: true };
      const { body } = await upload(service, `${JSON.stringify({ options: skipping })}\n${rows}`);
      expect([body.skipped[0]?.line, body.parts[0]?.itemCount]).to.deep.equal([line, 2]);
    }
  });

  it("is not imported from a list that is out of order", async () => {
    const validators = [...people].reverse();
    const { status, body } = await importWith({ humanAdmission: { ...byAttestation, validators } });
    expect([status, body.code]).to.deep.equal([400, "invalid-input"]);
    expect(body.detail).to.equal("options.humanAdmission.validators: not ascending");
  });
});
