import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect } from "chai";

import { readRepositorySource } from "../../deploy/repository-source.ts";
import { checkCode, CONTRACT_NAMES, isSameCode } from "../../deploy/verification.ts";
import type { CodeCheck, DeploymentRecord } from "../../deploy/verification.ts";

/** Ten bytes of code, of which the third and fourth are an immutable, then three of metadata and their length. */
const COMPILED = {
  object: `60010000aabbccddeeff${"a1".repeat(3)}0003`,
  immutableReferences: { "7": [{ start: 2, length: 2 }] },
};
const onChain = (code: string, metadata = "b2".repeat(3)): string => `0x${code}${metadata}0003`;

describe("isSameCode", () => {
  it("leaves out immutables and the hash of the sources", () => {
    expect(isSameCode(COMPILED, onChain("60011234AABBCCDDEEFF"))).to.equal(true);
  });

  it("sees one digit that differs", () => {
    expect(isSameCode(COMPILED, onChain("60011234aabbccddeefe"))).to.equal(false);
    expect(isSameCode(COMPILED, onChain("61011234aabbccddeeff"))).to.equal(false);
  });

  it("sees code that is longer, shorter, or not there", () => {
    expect(isSameCode(COMPILED, onChain("60011234aabbccddeeff00"))).to.equal(false);
    expect(isSameCode(COMPILED, onChain("60011234aabbccddee"))).to.equal(false);
    expect(isSameCode(COMPILED, "0x")).to.equal(false);
  });

  it("leaves out a library's own address, with which its code begins", () => {
    const library = (address: string): string => `73${address}30146080${"a1".repeat(3)}0003`;
    const compiled = { object: library("00".repeat(20)) };
    expect(isSameCode(compiled, `0x${library("c0".repeat(20))}`)).to.equal(true);
    expect(isSameCode({ object: `60${library("").slice(2)}` }, `0x${library("")}`)).to.equal(false);
  });
});

describe("A record of a deployment", () => {
  const CODEC = "project/contracts/libraries/BallotCodec.sol";
  const GOLD = "project/contracts/libraries/Gold.sol";
  const PANIC = "npm/@openzeppelin/contracts@5.7.0/utils/Panic.sol";
  const addressOf = (name: string): string =>
    `0x${String(1 + CONTRACT_NAMES.indexOf(name)).padStart(40, "0")}`;

  interface Saved {
    readonly language: string;
    readonly sources: Record<string, { readonly content: string }>;
    readonly settings: {
      readonly remappings: string[];
      readonly libraries: Record<string, Record<string, string>>;
    };
  }
  let folder: string;
  let record: DeploymentRecord;
  let saved: Saved;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "scrutineer-record-"));
    const contracts = CONTRACT_NAMES.map((name) => ({
      ...{ name, fullName: `project/contracts/libraries/${name}.sol:${name}` },
      ...{ address: addressOf(name), constructorArguments: "0x", input: "input.json" },
    }));
    record = { chainId: 1, profile: "public", compiler: "0.8.37", contracts };
    const contentOf = async (name: string): Promise<{ content: string }> => ({
      content: (await readRepositorySource(name)) ?? "",
    });
    saved = {
      language: "Solidity",
      sources: { [CODEC]: await contentOf(CODEC), [PANIC]: await contentOf(PANIC) },
      settings: {
        remappings: ["project/:@openzeppelin/contracts/=npm/@openzeppelin/contracts@5.7.0/"],
        libraries: { [GOLD]: { Gold: addressOf("Gold") } },
      },
    };
  });
  afterEach(() => rm(folder, { recursive: true }));

  /** Whatever is at the addresses: what is refused is refused before anything is compiled. */
  async function check(name = "Counting"): Promise<CodeCheck | undefined> {
    await writeFile(join(folder, "deployment.json"), JSON.stringify(record));
    await writeFile(join(folder, "input.json"), JSON.stringify(saved));
    return (await checkCode(folder, () => Promise.resolve("0x00"), [name]))[0];
  }
  const message = (checking: Promise<unknown>): Promise<string> =>
    checking.then(
      () => "nothing",
      (error: unknown) => String(error),
    );

  it("reads sources by the compiler's names as this repository has them, and no others", async () => {
    expect(await readRepositorySource(CODEC)).to.equal(
      await readFile("contracts/libraries/BallotCodec.sol", "utf8"),
    );
    expect(await readRepositorySource(PANIC)).to.contain("library Panic");
    for (const name of [
      PANIC.replace("5.7.0", "5.6.0"),
      "project/contracts/../test/vectors/x.sol",
      "npm/../../x@1.0.0/y.sol",
      "project/deploy/main.ts",
      "contracts/libraries/BallotCodec.sol",
    ])
      expect(await readRepositorySource(name), name).to.equal(undefined);
  });

  it("is refused for a source that is not the repository's", async () => {
    const { content } = saved.sources[PANIC]!;
    saved.sources[PANIC] = { content: content.replace("revert", "return") };
    expect(await check()).to.deep.include({
      same: false,
      fault: `${PANIC} is not the source that this repository has of that name`,
    });
  });

  it("is refused for a source that the repository does not have", async () => {
    saved.sources["project/contracts/Evil.sol"] = { content: "library Counting {}" };
    expect((await check())?.fault).to.match(/^project\/contracts\/Evil\.sol is not the source/);
  });

  it("is refused for a library at another address than the record has it", async () => {
    saved.settings.libraries[GOLD] = { Gold: addressOf("Counting") };
    expect((await check())?.fault).to.match(
      /^Gold is linked at 0x0*5, the record has it at 0x0*8$/,
    );
    saved.settings.libraries[GOLD] = { Evil: addressOf("Gold") };
    expect((await check())?.fault).to.match(/^Evil is linked at 0x0*8, .* at no address$/);
  });

  it("is refused for imports that another package stands in for", async () => {
    saved.settings.remappings[0] = "project/:@openzeppelin/contracts/=npm/evil@1.0.0/";
    expect((await check())?.fault).to.match(/^imports are resolved by/);
  });

  it("is refused for a contract under another's name", async () => {
    record = {
      ...record,
      contracts: record.contracts.map((one) =>
        one.name === "Counting" ? { ...one, fullName: one.fullName.replace(/:.*/, ":Gold") } : one,
      ),
    };
    expect((await check())?.fault).to.match(/:Gold is not Counting$/);
  });

  it("is refused for a contract that is missing, there twice, or unknown", async () => {
    const { contracts } = record;
    for (const wrong of [
      contracts.slice(1),
      [...contracts, contracts[0]!],
      [...contracts.slice(1), { ...contracts[0]!, name: "Relay" }],
    ]) {
      record = { ...record, contracts: wrong };
      expect(await message(check())).to.match(/: each of StakeRegistry, .* is due$/);
    }
  });

  it("is compiled for no contract that there is not", async () => {
    expect(await message(check("Countings"))).to.contain("there is no contract Countings");
  });
});
