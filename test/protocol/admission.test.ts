import { expect } from "chai";
import type { AdmissionRule } from "../../protocol/admission.ts";
import { admissionRuleSchema, admittedBy, isDrawn } from "../../protocol/admission.ts";
import { describeAdmission } from "../../protocol/admission-words.ts";
import { admissionTree } from "../../protocol/manifest.ts";

const address = (n: number): string => `0x${n.toString(16).padStart(40, "0")}`;

const list = { rule: "list", validators: [address(2), address(1)] } as const;
const eas = {
  rule: "eas",
  contract: address(0xea5),
  schema: `0x${"5c".repeat(32)}`,
  attesters: [address(0xa), address(0xb)],
  block: 120,
  validators: [address(1), address(2)],
} as const;
const settled = {
  rule: "settled",
  minimum: 2,
  block: 120,
  validators: [address(1), address(2)],
} as const;

describe("An admission rule", () => {
  it("is open, a list, drawn by attestation, or drawn by scored ballots", () => {
    const rules: AdmissionRule[] = [{ rule: "open" }, list, eas, settled];
    for (const rule of rules) expect(admissionRuleSchema.parse(rule)).to.deep.equal(rule);
    expect(rules.map(isDrawn)).to.deep.equal([false, false, true, true]);
  });

  it("is read in lower case", () => {
    const shouted = { ...list, validators: [`0x${"AB".repeat(20)}`] };
    expect(admittedBy(admissionRuleSchema.parse(shouted))).to.deep.equal([`0x${"ab".repeat(20)}`]);
  });

  const refused: [string, unknown][] = [
    ["a rule nobody knows", { rule: "lottery" }],
    ["one with more in it than the rule has, for it would be hashed too", { ...list, note: "" }],
    ["an empty list", { ...list, validators: [] }],
    ["an address twice on a list", { ...list, validators: [address(1), address(1)] }],
    ["a drawn list that does not ascend", { ...eas, validators: [address(2), address(1)] }],
    ["a drawn list with an address twice", { ...settled, validators: [address(1), address(1)] }],
    ["attesters that do not ascend", { ...eas, attesters: [address(0xb), address(0xa)] }],
    ["no attester", { ...eas, attesters: [] }],
    ["no block", { ...settled, block: undefined }],
    ["a minimum of none", { ...settled, minimum: 0 }],
    ["more addresses than an index on chain can name", { ...list, validators: many(65_536) }],
  ];
  for (const [what, rule] of refused) {
    it(`is not ${what}`, () => {
      expect(admissionRuleSchema.safeParse(rule).success).to.equal(false);
    });
  }

  it("stands behind the same tree whatever it was drawn by: the terms bind the list", () => {
    expect(admissionTree(eas)?.root).to.equal(admissionTree(settled)?.root);
    expect(admissionTree({ rule: "open" })).to.equal(undefined);
  });

  it("can be said in words", () => {
    expect(describeAdmission({ rule: "open" }, "Human")).to.equal("All people with a seat");
    expect(describeAdmission(list, "Ai")).to.equal("AIs whom the requester named");
    expect(describeAdmission(settled, "Human")).to.equal(
      "People with a seat and 2 scored ballots or more at block 120",
    );
    expect(describeAdmission(eas, "Human")).to.equal(
      `People with a seat and an attestation of schema ${eas.schema} by ${address(0xa)} or ${address(0xb)} (EAS at ${eas.contract}) at block 120`,
    );
  });
});

function many(count: number): string[] {
  return Array.from({ length: count }, (_, index) => address(index + 1));
}
