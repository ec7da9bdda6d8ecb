/**
 * Deploys Scrutineer on the chain behind an RPC and prints one JSON line on stdout:
 * `{"chainId","token","stakeRegistry","feedbackTasks","provenanceRegistry","commons"}`; everything else goes to stderr.
 *
 *     tsx deploy/main.ts --rpc URL --profile local|public --json [--commons ADDRESS] [--token ADDRESS] [--journal DIR]
 *
 * Without `--journal` nothing of a deployment is kept on disk, so a new chain never meets the journal of an old one.
 * With it, a deployment that was broken off goes on where it stopped. The deployer is DEPLOYER_KEY, or the node's own
 * first account where that is not set.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";

import { createHardhatRuntimeEnvironment } from "hardhat/hre";

import config from "../hardhat.config.ts";
import Scrutineer from "./modules/Scrutineer.ts";
import TestToken from "./modules/TestToken.ts";
import { profiles, type ProfileName } from "./profiles.ts";

/** Nobody holds its key: it stands in for the commons on a local chain. */
const LOCAL_COMMONS = "0x00000000000000000000000000000000c0113035";

interface Options {
  readonly rpc: string;
  readonly profile: ProfileName;
  readonly commons: string | undefined;
  readonly token: string | undefined;
  readonly journal: string | undefined;
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
      json: { type: "boolean", default: false },
    },
  });
  const { rpc, profile, commons, token, journal } = values;
  if (rpc === undefined) throw new Error("--rpc URL is missing");
  if (profile !== "local" && profile !== "public")
    throw new Error(`--profile ${profile}: local or public`);
  if (profile === "public" && (token === undefined || commons === undefined)) {
    throw new Error("--profile public needs --token ADDRESS and --commons ADDRESS");
  }
  return { rpc, profile, commons, token, journal, deployerKey: env["DEPLOYER_KEY"] };
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
    const { stakeRegistry, feedbackTasks, provenanceRegistry } = await connection.ignition.deploy(
      Scrutineer,
      { parameters: { Scrutineer: { token, commons, ...profiles[options.profile] } } },
    );
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

const options = readOptions(process.argv.slice(2), process.env);
const journal = options.journal ?? (await mkdtemp(join(tmpdir(), "scrutineer-deploy-")));
try {
  const deployed = await deploy(options, journal);
  process.stdout.write(`${JSON.stringify(deployed)}\n`);
} finally {
  if (options.journal === undefined) await rm(journal, { recursive: true, force: true });
}
