import { expect } from "chai";
import { id } from "ethers";
import type { Provider } from "ethers";
import type { ProvenanceRegistry } from "../../../bindings/index.ts";
import { isScrutineerError } from "../../../protocol/errors.ts";
import { coSignatureDigest, kindNumber, recordIdOf } from "../../../protocol/provenance.ts";
import type { RecordDraft } from "../../../protocol/provenance.ts";
import { signingDomain } from "../../../protocol/typed-data.ts";
import type { SigningDomain } from "../../../protocol/typed-data.ts";
import { ZERO_HASH } from "../../../protocol/words.ts";
import { readRegistry } from "../../../release/lineage/registry-reader.ts";
import type { RegistryReader } from "../../../release/lineage/registry-reader.ts";
import type { Person, Stage } from "../../support/stage.ts";
import { createStage } from "../../support/stage.ts";

describe("What is read of the registry of lineage", () => {
  let stage: Stage;
  let contract: ProvenanceRegistry;
  let domain: SigningDomain;
  let reader: RegistryReader;
  let owner: Person;
  let second: Person;
  const manifestHash = id("manifest");

  before(async () => {
    stage = await createStage({ humans: 3, ais: 0 });
    [owner, second] = stage.humans as [Person, Person];
    contract = await stage.connection.ethers.deployContract("ProvenanceRegistry", [
      stage.tasksDomain.verifyingContract,
    ]);
    const address = (await contract.getAddress()).toLowerCase();
    domain = signingDomain(stage.chainId, address);
    reader = readRegistry(provider(), address);
  });
  after(() => stage.close());

  const provider = (): Provider => stage.connection.ethers.provider;

  it("is where its tasks live", async () => {
    expect(await reader.tasks()).to.equal(stage.tasksDomain.verifyingContract);
  });

  it("is each record with its parents, its co-signer, and whether it was withdrawn", async () => {
    const registry = contract.connect(owner.signer);
    const base = { owner: owner.address, kind: "Model", contentHash: id("base") } as const;
    await (await registry.record(kindNumber("Model"), base.contentHash, [], manifestHash)).wait();
    const baseId = recordIdOf(domain, owner.address, base.contentHash);
    const draft: RecordDraft = {
      ...{ owner: owner.address, kind: "Model", contentHash: id("derived"), manifestHash },
      parents: [{ kind: "Model", id: baseId }],
    };
    const signature = second.key.sign(coSignatureDigest(domain, draft, second.address)).serialized;
    const parents = [{ kind: kindNumber("Model"), id: baseId }];
    const sent = await registry.recordCosigned(
      ...([kindNumber("Model"), draft.contentHash, parents, manifestHash] as const),
      ...([second.address, signature] as const),
    );
    const mined = await sent.wait();
    await (await registry.withdraw(baseId, "licence")).wait();

    const derivedId = recordIdOf(domain, owner.address, draft.contentHash);
    const derived = {
      ...{ recordId: derivedId, owner: owner.address, kind: "Model", manifestHash },
      ...{ contentHash: draft.contentHash, coSigner: second.address },
    };
    expect(await reader.recordedSince(0n)).to.deep.equal([
      { ...base, recordId: baseId, manifestHash, coSigner: null, parents: [] },
      { ...derived, parents: draft.parents },
    ]);
    expect(await reader.recordedSince(BigInt(mined?.blockNumber ?? 0))).to.have.length(1);
    expect(await reader.recordOf(derivedId)).to.deep.equal({ ...derived, isWithdrawn: false });
    expect(await reader.recordOf(baseId)).to.deep.include({ coSigner: null, isWithdrawn: true });
  });

  it("is nothing where there is no record", async () => {
    expect(await reader.recordOf(ZERO_HASH)).to.equal(undefined);
  });

  it("is refused where another contract, or none, is at its address", async () => {
    const elsewhere = [stage.tasksDomain.verifyingContract, `0x${"12".repeat(20)}`];
    for (const address of elsewhere) {
      const wrong = readRegistry(provider(), address);
      for (const question of [wrong.tasks(), wrong.recordOf(ZERO_HASH)]) {
        const error: unknown = await question.then(
          () => undefined,
          (cause: unknown) => cause,
        );
        expect(isScrutineerError(error, "recount-failed"), String(error)).to.equal(true);
      }
    }
  });

  it("is asked for in pieces where a node gives few blocks at once", async () => {
    const whole = provider();
    const patient = new Proxy(whole, {
      get(target, name) {
        if (name === "getLogs") {
          return (filter: { fromBlock: number; toBlock: number }) =>
            filter.toBlock - filter.fromBlock > 3
              ? Promise.reject(new Error("too many blocks"))
              : target.getLogs(filter);
        }
        const value: unknown = Reflect.get(target, name, target);
        return typeof value === "function" ? (value.bind(target) as unknown) : value;
      },
    });
    const slow = readRegistry(patient, reader.address);
    expect(await slow.recordedSince(0n)).to.deep.equal(await reader.recordedSince(0n));
  });
});
