/**
 * The Ethereum Attestation Service as published on npm (`@ethereum-attestation-service/eas-contracts`, the authors' own
 * bytecode): one judgment is one attestation, with the fields that a ballot's entry has.
 */
import easArtifact from "@ethereum-attestation-service/eas-contracts/artifacts/contracts/EAS.sol/EAS.json" with { type: "json" };
import registryArtifact from "@ethereum-attestation-service/eas-contracts/artifacts/contracts/SchemaRegistry.sol/SchemaRegistry.json" with { type: "json" };
import type { ContractTransactionResponse } from "ethers";
import { AbiCoder, id, TypedDataEncoder, ZeroAddress, ZeroHash } from "ethers";

import { type Account, gasOf, openBenchChain } from "../chain.ts";
import { deployPublished, send } from "./published-contract.ts";
import type { RivalCost } from "./rival-cost.ts";

const SCHEMA = "bytes32 taskId,uint24 itemIndex,uint8 verdict";
/** The first attestation of an account pays for slots that later ones find; the mean of those is what counts. */
const REPEATS = 10;
const ATTESTATIONS_A_CALL = 50;
const TIMESTAMPS_A_CALL = 500;
const ATTEST_TYPES = {
  Attest: [
    { name: "attester", type: "address" },
    { name: "schema", type: "bytes32" },
    { name: "recipient", type: "address" },
    { name: "expirationTime", type: "uint64" },
    { name: "revocable", type: "bool" },
    { name: "refUID", type: "bytes32" },
    { name: "data", type: "bytes" },
    { name: "value", type: "uint256" },
    { name: "nonce", type: "uint256" },
    { name: "deadline", type: "uint64" },
  ],
};

export async function measureEas(): Promise<RivalCost[]> {
  const { connection, ethers, accounts } = await openBenchChain(["deployer", "validator"]);
  try {
    const [deployer, validator] = accounts as [Account, Account];
    const registry = await deployPublished(deployer.signer, registryArtifact);
    const eas = await deployPublished(deployer.signer, easArtifact, await registry.getAddress());
    await gasOf(send(registry, "register", SCHEMA, ZeroAddress, true));
    const [event] = await registry.queryFilter("Registered");
    const schema = String(event?.topics[1]);

    const dataOf = (itemIndex: number): object => ({
      recipient: validator.address,
      expirationTime: 0,
      revocable: true,
      refUID: ZeroHash,
      data: AbiCoder.defaultAbiCoder().encode(
        ["bytes32", "uint24", "uint8"],
        [id("task"), itemIndex, itemIndex % 3],
      ),
      value: 0,
    });
    const byValidator = eas.connect(validator.signer);
    const meanOf = async (
      itemsPerCall: number,
      call: (round: number) => Promise<ContractTransactionResponse>,
    ): Promise<number> => {
      await gasOf(call(0));
      let gas = 0;
      for (let round = 1; round <= REPEATS; ++round) gas += await gasOf(call(round));
      return Math.round(gas / REPEATS / itemsPerCall);
    };
    let next = 0;

    const attest = await meanOf(1, () =>
      send(byValidator, "attest", { schema, data: dataOf(next++) }),
    );
    const multiAttest = await meanOf(ATTESTATIONS_A_CALL, () =>
      send(byValidator, "multiAttest", [
        { schema, data: Array.from({ length: ATTESTATIONS_A_CALL }, () => dataOf(next++)) },
      ]),
    );
    const { chainId } = await ethers.provider.getNetwork();
    const domain = {
      name: "EAS",
      version: String(await eas.getFunction("version")()),
      chainId,
      verifyingContract: await eas.getAddress(),
    };
    const byDelegation = await meanOf(1, async () => {
      const data = dataOf(next++);
      const nonce: unknown = await eas.getFunction("getNonce")(validator.address);
      const message = { attester: validator.address, schema, ...data, nonce, deadline: 0 };
      const { r, s, v } = validator.key.sign(TypedDataEncoder.hash(domain, ATTEST_TYPES, message));
      const signature = { v, r, s };
      const request = { schema, data, signature, attester: validator.address, deadline: 0 };
      return send(eas, "attestByDelegation", request);
    });
    const multiTimestamp = await meanOf(TIMESTAMPS_A_CALL, (round) =>
      send(
        byValidator,
        "multiTimestamp",
        Array.from({ length: TIMESTAMPS_A_CALL }, (_, i) => id(`judgment ${round} ${i}`)),
      ),
    );

    const judgment = "a judgment, stored by its attester's word; nothing tallied, scored or paid";
    return [
      { name: "EAS attest", item: judgment, gasPerItem: attest, itemsPerCall: 1 },
      {
        name: "EAS multiAttest",
        item: judgment,
        gasPerItem: multiAttest,
        itemsPerCall: ATTESTATIONS_A_CALL,
      },
      { name: "EAS attestByDelegation", item: judgment, gasPerItem: byDelegation, itemsPerCall: 1 },
      {
        name: "EAS multiTimestamp",
        item: "a hash that existed by then; whose, and of what, the chain does not know",
        gasPerItem: multiTimestamp,
        itemsPerCall: TIMESTAMPS_A_CALL,
      },
    ];
  } finally {
    await connection.close();
  }
}
