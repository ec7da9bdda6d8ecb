import { expect } from "chai";
import { AbiCoder, id, keccak256, SigningKey, TypedDataEncoder, computeAddress } from "ethers";
import type { RecordDraft, SignedOutputReceipt } from "../../protocol/provenance.ts";
import {
  coSignatureDigest,
  coSignatureMessage,
  coSignatureTypes,
  findDraftFault,
  findReceiptFault,
  outputReceiptDigest,
  outputReceiptTypes,
  parentKinds,
  parentRules,
  recordIdOf,
  recordKinds,
  sortParents,
} from "../../protocol/provenance.ts";
import {
  readModelManifest,
  readTrainingManifest,
  recordManifestHash,
} from "../../protocol/record-manifest.ts";
import { sha256 } from "../../protocol/sha256.ts";
import { canonicalBytes } from "../../protocol/item.ts";
import { signingDomain } from "../../protocol/typed-data.ts";
import { ZERO_HASH } from "../../protocol/words.ts";

const addressOf = (name: string): string => `0x${id(name).slice(26)}`;
const domain = signingDomain(31_337n, addressOf("registry"));
const executor = new SigningKey(id("executor"));
const EXECUTOR = computeAddress(executor).toLowerCase();

const draft: RecordDraft = {
  owner: addressOf("owner"),
  kind: "Training",
  contentHash: id("run"),
  parents: sortParents([
    { kind: "Model", id: id("base") },
    { kind: "Release", id: id("release 1") },
    { kind: "Release", id: id("release 2") },
  ]),
  manifestHash: id("manifest"),
};

describe("a record", () => {
  it("has an id that binds chain, registry, owner and content", () => {
    const { owner, contentHash } = draft;
    expect(recordIdOf(domain, owner, contentHash)).to.equal(
      keccak256(
        AbiCoder.defaultAbiCoder().encode(
          ["uint256", "address", "address", "bytes32"],
          [31_337n, domain.verifyingContract, owner, contentHash],
        ),
      ),
    );
    const elsewhere = [
      recordIdOf(signingDomain(1n, domain.verifyingContract), owner, contentHash),
      recordIdOf(signingDomain(31_337n, owner), owner, contentHash),
      recordIdOf(domain, domain.verifyingContract, contentHash),
      recordIdOf(domain, owner, id("another run")),
    ];
    expect(new Set([recordIdOf(domain, owner, contentHash), ...elsewhere]).size).to.equal(5);
  });

  it("has what it needs, or is refused in the contract's words", () => {
    expect(findDraftFault(draft)).to.equal(undefined);
    const [base, ...others] = draft.parents as [RecordDraft["parents"][number]];
    const faults: [string, Partial<RecordDraft>][] = [
      ["ContentHashMissing", { contentHash: ZERO_HASH }],
      ["ManifestHashMissing", { manifestHash: ZERO_HASH }],
      ["ParentsNotAscending", { parents: [...others, base] }],
      ["ParentsNotAscending", { parents: [base, base, ...others] }],
      ["ParentsNotAscending", { parents: [{ kind: "Model", id: ZERO_HASH }] }],
      ["ParentNotAllowed", { parents: [{ kind: "Task", id: id("task") }] }],
      ["ParentNotAllowed", { kind: "Model" }],
      ["ParentMissing", { parents: [] }],
    ];
    for (const [fault, changes] of faults)
      expect(findDraftFault({ ...draft, ...changes }), JSON.stringify(changes)).to.equal(fault);
  });

  it("of every kind takes the parents that its rule names and no others", () => {
    for (const kind of recordKinds) {
      const { needed, other } = parentRules[kind];
      const whole = sortParents(needed.map((parent) => ({ kind: parent, id: id(parent) })));
      expect(findDraftFault({ ...draft, kind, parents: whole }), kind).to.equal(undefined);
      for (const missing of needed) {
        const parents = whole.filter((parent) => parent.kind !== missing);
        expect(findDraftFault({ ...draft, kind, parents })).to.equal("ParentMissing");
      }
      for (const parent of parentKinds) {
        const parents = sortParents([...whole, { kind: parent, id: id("one more") }]);
        expect(findDraftFault({ ...draft, kind, parents }), `${kind} from ${parent}`).to.equal(
          needed.includes(parent) || other.includes(parent) ? undefined : "ParentNotAllowed",
        );
      }
    }
  });

  it("is co-signed by the digest that a wallet makes of the same types", () => {
    const coSigner = addressOf("compute");
    for (const one of [draft, { ...draft, kind: "Model" as const, parents: [] }]) {
      expect(coSignatureDigest(domain, one, coSigner)).to.equal(
        TypedDataEncoder.hash(domain, coSignatureTypes, coSignatureMessage(one, coSigner)),
      );
    }
  });
});

describe("an output receipt", () => {
  const receipt = {
    modelId: id("model"),
    promptHash: id("prompt"),
    outputHash: id("output"),
    parametersHash: id("parameters"),
    generatedAt: 1_700_000_000n,
  };
  const digest = outputReceiptDigest(domain, receipt);
  const signed: SignedOutputReceipt = { ...receipt, signature: executor.sign(digest).serialized };
  const claimed = {
    modelId: receipt.modelId,
    promptHash: receipt.promptHash,
    outputHash: receipt.outputHash,
    executors: [addressOf("another"), EXECUTOR],
  };

  it("has the digest that a wallet makes of the same types", () => {
    expect(digest).to.equal(TypedDataEncoder.hash(domain, outputReceiptTypes, receipt));
  });

  it("vouches for its output where one of the model's executors signed it", () => {
    expect(findReceiptFault(domain, signed, claimed)).to.equal(undefined);
  });

  it("vouches for no other model, prompt or output", () => {
    for (const field of ["modelId", "promptHash", "outputHash"] as const) {
      expect(findReceiptFault(domain, signed, { ...claimed, [field]: id("another") })).to.equal(
        "content-mismatch",
      );
    }
  });

  it("signed by anybody else, or altered, or on another chain, is none", () => {
    expect(
      findReceiptFault(domain, signed, { ...claimed, executors: [addressOf("another")] }),
    ).to.equal("signer-wrong");
    expect(findReceiptFault(domain, { ...signed, generatedAt: 1n }, claimed)).to.equal(
      "signer-wrong",
    );
    expect(findReceiptFault(domain, { ...signed, parametersHash: id("warmer") }, claimed)).to.equal(
      "signer-wrong",
    );
    for (const elsewhere of [
      signingDomain(1n, domain.verifyingContract),
      signingDomain(31_337n, addressOf("another")),
    ]) {
      expect(findReceiptFault(elsewhere, signed, claimed)).to.equal("signer-wrong");
    }
    expect(findReceiptFault(domain, { ...signed, signature: "0x" }, claimed)).to.equal(
      "signature-invalid",
    );
  });
});

describe("the manifest of a record", () => {
  const model = { format: "scrutineer-model/1", name: "tiny", executors: [EXECUTOR], size: 7 };

  it("is read from its bytes, whose sha-256 the record has; more fields may be there", () => {
    const bytes = canonicalBytes(model);
    expect(recordManifestHash(model)).to.equal(sha256(bytes));
    expect(readModelManifest(bytes)).to.deep.equal(model);
    const training = { format: "scrutineer-training/1", method: "dpo", result: id("weights") };
    expect(readTrainingManifest(canonicalBytes(training))).to.deep.equal(training);
  });

  it("is refused where it is something else", () => {
    const notJson = new Uint8Array([0xff]);
    for (const bytes of [
      notJson,
      canonicalBytes({ ...model, format: "scrutineer-manifest/1" }),
      canonicalBytes({ ...model, executors: ["0x12"] }),
    ]) {
      expect(() => readModelManifest(bytes))
        .to.throw()
        .with.property("code", "manifest-invalid");
    }
  });
});
