/**
 * Deploys Scrutineer on the chain behind an RPC and prints one JSON line on stdout:
 * `{"chainId","token","stakeRegistry","feedbackTasks","provenanceRegistry","commons"}`; everything else goes to stderr.
 *
 *     tsx deploy/main.ts --rpc URL --profile local|public --json [--commons ADDRESS] [--token ADDRESS] [--journal DIR]
 *         [--record DIR]
 *
 * `--record` says where to save what explorers, and anybody who would compile again, need: `deployment.json` and the
 * compiler's input of each contract. Left out, it is deployments/CHAIN for the public profile, and nothing for the local one.
 *
 * Without `--journal` nothing of a deployment is kept on disk, so a new chain never meets the journal of an old one.
 * With it, a deployment that was broken off goes on where it stopped. The deployer is DEPLOYER_KEY, or the node's own
 * first account where that is not set.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";

import { Interface } from "ethers";
import { createHardhatRuntimeEnvironment } from "hardhat/hre";
import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";

import config from "../hardhat.config.ts";
import Scrutineer from "./modules/Scrutineer.ts";
import TestToken from "./modules/TestToken.ts";
import { profiles, type ProfileName } from "./profiles.ts";
import { readBuild } from "./read-build.ts";
import { saveVerification, type DeployedContract } from "./verification.ts";

/** Nobody holds its key: it stands in for the commons on a local chain. */
const LOCAL_COMMONS = "0x00000000000000000000000000000000c0113035";

interface Options {
  readonly rpc: string;
  readonly profile: ProfileName;
  readonly commons: string | undefined;
  readonly token: string | undefined;
  readonly journal: string | undefined;
  readonly record: string | undefined;
  readonly deployerKey: string | undefined;
}

interface Deployed {
  readonly chainId: number;
  readonly token: string;
  readonly stakeRegistry: string;
  readonly feedbackTasks: string;
  readonly provenanceRegistry: string;
  readonly commons: string;
}

function readOptions(args: string[], env: NodeJS.ProcessEnv): Options {
  const { values } = parseArgs({
    args,
    options: {
      rpc: { type: "string" },
      profile: { type: "string", default: "local" },
      commons: { type: "string" },
      token: { type: "string" },
      journal: { type: "string" },
      record: { type: "string" },
      json: { type: "boolean", default: false },
    },
  });
  const { rpc, profile, commons, token, journal, record } = values;
  if (rpc === undefined) throw new Error("--rpc URL is missing");
  if (profile !== "local" && profile !== "public")
    throw new Error(`--profile ${profile}: local or public`);
  if (profile === "public" && (token === undefined || commons === undefined)) {
    throw new Error("--profile public needs --token ADDRESS and --commons ADDRESS");
  }
  return { rpc, profile, commons, token, journal, record, deployerKey: env["DEPLOYER_KEY"] };
}

async function deploy(options: Options, journal: string): Promise<Deployed> {
  const hre = await createHardhatRuntimeEnvironment({
    ...config,
    paths: { ...config.paths, ignition: journal },
    networks: {
      target: {
        type: "http",
        url: options.rpc,
        ...(options.deployerKey === undefined ? {} : { accounts: [options.deployerKey] }),
      },
    },
    ...(options.profile === "local"
      ? {
          ignition: {
            blockPollingInterval: 50,
            requiredConfirmations: 1,
            timeBeforeBumpingFees: 60_000,
          },
        }
      : {}),
  });
  const connection = await hre.network.create({ network: "target" });
  try {
    const chainId = Number(await connection.provider.request({ method: "eth_chainId" }));
    const token =
      options.token ?? (await (await connection.ignition.deploy(TestToken)).token.getAddress());
    const commons = options.commons ?? LOCAL_COMMONS;
    const constants = profiles[options.profile];
    const contracts = await connection.ignition.deploy(Scrutineer, {
      parameters: { Scrutineer: { token, commons, ...constants } },
    });
    const { stakeRegistry, feedbackTasks, provenanceRegistry } = contracts;

    const { minStakeUnits, unbonding, ...deployment } = constants;
    const constructorArguments: Readonly<Record<string, readonly unknown[]>> = {
      StakeRegistry: [token, commons, minStakeUnits, unbonding],
      FeedbackTasks: [await stakeRegistry.getAddress(), deployment],
      ProvenanceRegistry: [await feedbackTasks.getAddress()],
    };
    const record =
      options.record ?? (options.profile === "public" ? `deployments/${chainId}` : undefined);
    if (record !== undefined) {
      const deployed = await describeContracts(hre, contracts, constructorArguments);
      await saveVerification(record, { chainId, profile: options.profile }, deployed);
      console.error(`verification input saved in ${record}`);
    }
    return {
      chainId,
      token,
      stakeRegistry: await stakeRegistry.getAddress(),
      feedbackTasks: await feedbackTasks.getAddress(),
      provenanceRegistry: await provenanceRegistry.getAddress(),
      commons,
    };
  } finally {
    await connection.close();
  }
}

/** `contracts` by the names of the module: those of the contracts, but with a small letter first. */
async function describeContracts(
  hre: HardhatRuntimeEnvironment,
  contracts: Readonly<Record<string, { getAddress(): Promise<string> }>>,
  constructorArguments: Readonly<Record<string, readonly unknown[]>>,
): Promise<DeployedContract[]> {
  const deployed: DeployedContract[] = [];
  for (const [key, contract] of Object.entries(contracts)) {
    const name = `${key.charAt(0).toUpperCase()}${key.slice(1)}`;
    const { abi, inputSourceName, sourceName, linkReferences } =
      await hre.artifacts.readArtifact(name);
    deployed.push({
      name,
      inputSourceName: inputSourceName ?? sourceName,
      address: await contract.getAddress(),
      constructorArguments: new Interface(abi).encodeDeploy(constructorArguments[name] ?? []),
      libraries: Object.values(linkReferences ?? {}).flatMap(Object.keys),
      build: await readBuild(hre.artifacts, name),
    });
  }
  return deployed;
}

const options = readOptions(process.argv.slice(2), process.env);
const journal = options.journal ?? (await mkdtemp(join(tmpdir(), "scrutineer-deploy-")));
try {
  const deployed = await deploy(options, journal);
  process.stdout.write(`${JSON.stringify(deployed)}\n`);
} finally {
  if (options.journal === undefined) await rm(journal, { recursive: true, force: true });
}
