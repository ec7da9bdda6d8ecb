import { createHash } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import type { UploadJson } from "../../api/schemas/uploads.ts";
import { importPairs } from "../../api/services/import-pairs.ts";
import type { ImportOptions } from "../../api/services/import-pairs.ts";
import { readModels } from "../../cli/receipts/read-models.ts";
import { signFile } from "../../cli/receipts/sign-file.ts";
import { isScrutineerError } from "../../protocol/errors.ts";
import type { Annex, Manifest } from "../../protocol/manifest.ts";
import { findOutputFault, readAnnexModels } from "../../protocol/receipt-json.ts";
import { sha256Text } from "../../protocol/sha256.ts";
import { signingDomain } from "../../protocol/typed-data.ts";
import { recoverAddress } from "../../runtime/signatures.ts";
import { provenanceRecords } from "../../store/schema/chain.ts";
import { factAt, hashOf, keyOf, openService } from "./service.ts";
import type { Service } from "./service.ts";

const REGISTRY = `0x${"a9".repeat(20)}`;
const domain = signingDomain(31_337n, REGISTRY);
const options: ImportOptions = {
  ...{ layout: "pairs", shuffle: true, skipBad: false, replay: false },
  ...{ title: "Receipted", guideline: "", guidelineVersion: "1" },
};

type Row = Record<string, unknown>;

describe("Output receipts at import", () => {
  let service: Service;
  let signed: Row[];
  beforeEach(async () => {
    service = await openService();
    const pairs = Array.from({ length: 12 }, (_, i) => ({
      ...{ prompt: `Question ${i}`, response_a: `heron's ${i}`, response_b: `otter's ${i}` },
      ...{ model_a: "heron", model_b: "otter" },
    }));
    const source = await write("pairs.jsonl", pairs);
    // Each executor signs for itself, one after the other.
    for (const name of ["heron", "otter"]) await recordModel(name);
    await sign("heron", source, join(service.folder, "once.jsonl"));
    const target = join(service.folder, "signed.jsonl");
    expect(await sign("otter", join(service.folder, "once.jsonl"), target)).to.deep.equal({
      ...{ rows: 12, signed: 12 },
    });
    signed = (await readFile(target, "utf8"))
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line) as Row);
  });
  afterEach(() => service.close());

  const manifestOf = (name: string): string =>
    JSON.stringify(
      { format: "scrutineer-model/1", name, executors: [keyOf(`${name} executor`).address] },
      null,
      2,
    );

  async function write(name: string, rows: readonly object[]): Promise<string> {
    const file = join(service.folder, name);
    await writeFile(file, rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
    return file;
  }

  async function recordModel(name: string): Promise<void> {
    await service.db.insert(provenanceRecords).values({
      recordId: hashOf(name),
      owner: keyOf(name).address,
      kind: "Model",
      contentHash: hashOf(`weights of ${name}`),
      manifestHash: sha256Text(manifestOf(name)),
      ...{ coSigner: null, withdrawnAt: null, withdrawnReason: null, withdrawnTx: null },
      ...factAt(),
    });
  }

  async function sign(
    name: string,
    source: string,
    target: string,
  ): Promise<{ rows: number; signed: number }> {
    await writeFile(join(service.folder, `${name}.json`), manifestOf(name));
    const { privateKey } = keyOf(`${name} executor`);
    await writeFile(join(service.folder, `${name}.key`), privateKey);
    const models = join(service.folder, `${name}.models.json`);
    const model = { modelId: hashOf(name), manifest: `${name}.json`, key: `${name}.key` };
    await writeFile(models, JSON.stringify({ [name]: { ...model, parameters: { t: 0.7 } } }));
    let salts = 0;
    return signFile(source, target, {
      ...{ domain, layout: "pairs", models: await readModels(models), generatedAt: 1_700_000_000 },
      drawSalt: () => hashOf(`${name} salt ${salts++}`),
    });
  }

  async function importRows(rows: readonly object[], more: object = {}): Promise<UploadJson> {
    let drawn = 0;
    const deps = {
      ...{ db: service.db, blobs: service.blobs, uploadBytes: 10_000_000, now: () => 1n },
      random: (bytes: number) =>
        createHash("sha512").update(String(drawn++)).digest().subarray(0, bytes),
      publicConfig: {
        chainId: 31_337,
        contracts: {
          ...{ token: REGISTRY, stakeRegistry: REGISTRY, feedbackTasks: REGISTRY },
          provenanceRegistry: REGISTRY,
        },
      },
      signers: { recoverAddress },
    };
    async function* body(): AsyncGenerator<Uint8Array> {
      for (const row of rows) yield Buffer.from(`${JSON.stringify(row)}\n`);
    }
    return importPairs({ ...deps, ...more }, body(), options);
  }

  async function refusal(rows: readonly object[], more: object = {}): Promise<string> {
    try {
      await importRows(rows, more);
    } catch (error) {
      if (isScrutineerError(error)) return `${error.code}: ${error.message}`;
      throw error;
    }
    throw new Error("it was imported");
  }

  async function readBlob<T>(hash: string): Promise<T> {
    return JSON.parse(new TextDecoder().decode(await service.blobs.get(hash))) as T;
  }

  it("stand in the annex beside the output they vouch for, whichever of the two became A", async () => {
    const { parts } = await importRows(signed);
    const manifest = await readBlob<Manifest>(parts[0]!.manifestHash);
    const annex = await readBlob<Annex>(manifest.annexHash);
    const models = readAnnexModels(annex.models ?? []);
    expect([...models.values()].map(({ name }) => name)).to.deep.equal(["heron", "otter"]);
    const firsts = new Set(annex.items.map(({ modelA }) => modelA));
    expect([...firsts].sort()).to.deep.equal(["heron", "otter"]);
    for (const [i, item] of annex.items.entries()) {
      const { prompt: promptHash, outputA, outputB } = manifest.items[i]!;
      const a = { promptHash, outputHash: outputA, model: item.modelA };
      const b = { promptHash, outputHash: outputB, model: item.modelB };
      expect(findOutputFault(domain, item.receiptA!, a, models)).to.equal(undefined);
      expect(findOutputFault(domain, item.receiptB!, b, models)).to.equal(undefined);
    }
  });

  it("keep their models where other options were put before the file", async () => {
    const humans = [keyOf("ann").address, keyOf("bob").address];
    const { parts } = await importRows([{ options: { humans, prepended: true } }, ...signed]);
    const { annexHash, admission } = parts[0]!.manifest;
    expect(admission.human).to.deep.equal({ rule: "list", validators: humans });
    expect((await readBlob<Annex>(annexHash)).models).to.have.length(2);
  });

  it("may be there for some outputs alone; the models of no receipt are left out", async () => {
    const [first, ...rows] = signed;
    const { parts } = await importRows([first!, ...rows.map(({ receipt_b: _, ...row }) => row)]);
    const annex = await readBlob<Annex>(parts[0]!.manifest.annexHash);
    expect(annex.models).to.have.length(1);
    expect(annex.items.every(({ receiptA, receiptB }) => !receiptA !== !receiptB)).to.equal(true);
  });

  const badRows: [string, (row: Row) => Row, RegExp][] = [
    [
      "of another answer",
      (row) => ({ ...row, response_a: "changed" }),
      /line 3: receipt_a: the receipt's outputHash is 0x/,
    ],
    [
      "of another prompt",
      (row) => ({ ...row, prompt: "changed" }),
      /line 3: receipt_a: the receipt's promptHash is 0x/,
    ],
    [
      "over another salt",
      (row) => ({ ...row, salt: hashOf("another") }),
      /line 3: receipt_a: the receipt's promptHash is 0x/,
    ],
    [
      "without the salt",
      ({ salt: _, ...row }) => row,
      /line 3: salt is missing: receipts are over salted hashes/,
    ],
    [
      "of the other model",
      (row) => ({ ...row, receipt_a: row["receipt_b"], receipt_b: undefined }),
      /line 3: receipt_a: the receipt is for otter, the output is said to be of heron/,
    ],
    [
      "with parts changed after it was signed",
      (row) => ({ ...row, receipt_b: { ...(row["receipt_b"] as Row), generatedAt: 7 } }),
      /line 3: receipt_b: the signature is not by 0x/,
    ],
    [
      "by a key the model does not name",
      (row) => ({
        ...row,
        receipt_b: { ...(row["receipt_b"] as Row), executor: keyOf("heron executor").address },
      }),
      /line 3: receipt_b: 0x\w+ is no executor of otter/,
    ],
    [
      "in another form",
      (row) => ({ ...row, receipt_b: { ...(row["receipt_b"] as Row), note: "" } }),
      /line 3: receipt_b: Unrecognized key/,
    ],
  ];
  for (const [name, change, says] of badRows) {
    it(`${name} make a bad row, named with its line and reason`, async () => {
      const rows = signed.map((row, i) => (i === 2 ? change(row) : row));
      const refused = await refusal(rows);
      expect(refused).to.match(/^import-rows-bad: 1 bad row, nothing was imported; /);
      expect(refused).to.match(says);
    });
  }

  it("need the models they speak of, as the registry of lineage has them", async () => {
    const [first, ...rows] = signed as [{ options: { models: Row[] } }, ...Row[]];
    expect(await refusal(rows)).to.match(/line 1: receipt_a: the file's options name no models/);
    const [heron, otter] = first.options.models as [Row, Row];
    const withModels = (models: Row[]): object[] => [{ options: { models } }, ...rows];
    expect(await refusal(withModels([heron]))).to.match(/no manifest of the model 0x\w+ is given/);
    expect(
      await refusal(withModels([heron, { ...otter, manifest: `${String(otter["manifest"])} ` }])),
    ).to.match(/^invalid-input: options\.models: the manifest of model 0x\w+ is not the one/);
    expect(await refusal(withModels([heron, { ...otter, modelId: hashOf("nobody") }]))).to.match(
      /^invalid-input: options\.models: the registry of lineage has no model 0x/,
    );
    const contracts = { token: REGISTRY, stakeRegistry: REGISTRY, feedbackTasks: REGISTRY };
    expect(await refusal(signed, { publicConfig: { chainId: 31_337, contracts } })).to.match(
      /this service knows no registry of lineage/,
    );
  });

  it("are not signed with a key that the model's manifest does not name", async () => {
    await writeFile(join(service.folder, "heron.key"), keyOf("somebody").privateKey);
    const refused = await readModels(join(service.folder, "heron.models.json")).then(
      () => "",
      (error: unknown) => (error as Error).message,
    );
    expect(refused).to.match(/the key of heron is 0x\w+, which its manifest does not name/);
  });
});
