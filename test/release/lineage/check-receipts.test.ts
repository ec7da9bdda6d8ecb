import { expect } from "chai";
import { computeAddress, SigningKey } from "ethers";
import { isScrutineerError } from "../../../protocol/errors.ts";
import { canonicalJson } from "../../../protocol/item.ts";
import { outputReceiptDigest } from "../../../protocol/provenance.ts";
import type { OutputReceiptJson } from "../../../protocol/receipt-json.ts";
import { sha256Text } from "../../../protocol/sha256.ts";
import type { Hash } from "../../../protocol/words.ts";
import type { EvidenceTask } from "../../../release/evidence.ts";
import { checkReceipts } from "../../../release/lineage/check-receipts.ts";
import type { RegistryReader } from "../../../release/lineage/registry-reader.ts";
import type { ReceiptsReport } from "../../../release/lineage/report.ts";
import { addressOf, CHAIN_ID, domain, makeRegistry } from "./made-registry.ts";

const hash = sha256Text;
const executor = new SigningKey(hash("executor"));
const executors = [computeAddress(executor).toLowerCase()];
const items = [0, 1].map((i) => ({
  prompt: hash(`prompt ${i}`),
  outputA: hash(`output A ${i}`),
  outputB: hash(`output B ${i}`),
}));
const manifest = { format: "scrutineer-model/1", name: "heron", executors };

describe("Output receipts of a release", () => {
  const registry = makeRegistry();
  const modelId = registry.record({
    ...{ owner: addressOf("maker"), kind: "Model", content: hash("weights"), manifest },
  });

  function receipt(itemIndex: number, output: Hash, key = executor): OutputReceiptJson {
    const said = {
      modelId,
      promptHash: items[itemIndex]!.prompt,
      outputHash: output,
      parametersHash: hash("parameters"),
    };
    const digest = outputReceiptDigest(domain, { ...said, generatedAt: 1_800_000_000n });
    return {
      ...said,
      executor: computeAddress(key).toLowerCase(),
      generatedAt: 1_800_000_000,
      signature: key.sign(digest).serialized,
    };
  }

  interface Draft {
    items: { modelA: string; modelB: string; receiptA?: OutputReceiptJson }[];
    models?: { modelId: Hash; manifest: string }[];
  }
  /** Both first answers are heron's and vouched for; nobody vouches for the others. */
  function draft(): Draft {
    return {
      items: items.map(({ outputA }, i) => ({
        ...{ modelA: "heron", modelB: "otter", receiptA: receipt(i, outputA) },
      })),
      models: [{ modelId, manifest: canonicalJson(manifest) }],
    };
  }
  async function check(
    annex: Draft,
    chain: { registry: RegistryReader | undefined } = { registry },
  ): Promise<ReceiptsReport> {
    const task = { taskId: hash("task"), manifest: { items }, annex } as unknown as EvidenceTask;
    return checkReceipts([task], { chainId: CHAIN_ID, ...chain }, () => undefined);
  }
  async function failure(change: (annex: Draft) => void): Promise<string> {
    const annex = draft();
    change(annex);
    try {
      await check(annex);
    } catch (error) {
      if (isScrutineerError(error, "recount-failed")) {
        return `${String(error.details["where"])}: ${error.message}`;
      }
      throw error;
    }
    throw new Error("it holds");
  }

  it("hold where an executor that the model's record names signed them", async () => {
    expect(await check(draft())).to.deep.equal({
      outputs: 4,
      receipted: 2,
      models: [
        { modelId, name: "heron", owner: addressOf("maker"), outputs: 2, isWithdrawn: false },
      ],
    });
  });

  it("may be absent", async () => {
    const { receipted, models } = await check({
      items: draft().items.map(({ modelA, modelB }) => ({ modelA, modelB })),
    });
    expect({ receipted, models }).to.deep.equal({ receipted: 0, models: [] });
  });

  const tamperings: [string, (annex: Draft) => void, RegExp][] = [
    [
      "with another output's hash",
      ({ items: [, second] }) =>
        (second!.receiptA = { ...second!.receiptA!, outputHash: hash("other") }),
      /item 1, output A: the receipt's outputHash is/,
    ],
    [
      "moved to another prompt",
      ({ items: [first, second] }) => (second!.receiptA = first!.receiptA!),
      /item 1, output A: the receipt's promptHash is/,
    ],
    [
      "with another time",
      ({ items: [first] }) => (first!.receiptA = { ...first!.receiptA!, generatedAt: 1 }),
      /item 0, output A: the signature is not by 0x\w+, the executor it names/,
    ],
    [
      "signed by a key the model does not name",
      ({ items: [first] }) =>
        (first!.receiptA = receipt(0, items[0]!.outputA, new SigningKey(hash("other")))),
      /item 0, output A: 0x\w+ is no executor of heron/,
    ],
    [
      "for an output said to be of another model",
      ({ items: [first] }) => (first!.modelA = "otter"),
      /item 0, output A: the receipt is for heron, the output is said to be of otter/,
    ],
    [
      "of a model the annex does not name",
      (annex) => delete annex.models,
      /item 0, output A: no manifest of the model/,
    ],
    [
      "of a model whose manifest names other executors than its record's does",
      ({ models }) =>
        (models![0]!.manifest = canonicalJson({
          ...manifest,
          executors: [...executors, addressOf("mine")],
        })),
      /models of the annex: manifest of model 0x\w+: "0x\w+" is said/,
    ],
    [
      "of a model nobody recorded",
      ({ models }) => (models![0]!.modelId = hash("nobody's")),
      /models of the annex: there is no record 0x/,
    ],
    [
      "of a model named twice",
      ({ models }) => models!.push(models![0]!),
      /models of the annex: model 0x\w+ is named twice/,
    ],
  ];
  for (const [name, change, says] of tamperings) {
    it(`${name} are found`, async () => {
      expect(await failure(change)).to.match(says);
    });
  }

  it("are found where the release names no registry to hold them to", async () => {
    const failed = await check(draft(), { registry: undefined }).then(
      () => "holds",
      (error: unknown) => (error as Error).message,
    );
    expect(failed).to.equal("the release names no registry of lineage");
  });

  it("of a withdrawn model hold, and the report says so", async () => {
    registry.withdraw(modelId);
    expect((await check(draft())).models[0]).to.include({ outputs: 2, isWithdrawn: true });
  });
});
