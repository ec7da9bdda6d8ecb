/**
 * Reads from a chain what an admission list is drawn from. Logs and the latest state are enough: attestations and
 * revocations are events, the end of an attestation never changes, and the registry of stakes keeps roles by block.
 */
import { getAddress, Interface, zeroPadValue } from "ethers";
import type { LogDescription, Provider, Result } from "ethers";
import { IFeedbackTasks__factory, IStakeRegistry__factory } from "../../bindings/index.ts";
import type { AttestedAdmission, DrawingRule, SettledAdmission } from "../../protocol/admission.ts";
import type { Attestation, Revocation } from "../../protocol/draw-admission.ts";
import { drawByAttestation, drawBySettled } from "../../protocol/draw-admission.ts";
import { ScrutineerError } from "../../protocol/errors.ts";
import { toAddress } from "../../protocol/words.ts";
import type { Address, Hash, Role } from "../../protocol/words.ts";
import { ask, createLogReader } from "./ask-chain.ts";
import type { LogTopics } from "./ask-chain.ts";
import { roleNumbers } from "./role-numbers.ts";

/** What is read of the Ethereum Attestation Service (`IEAS.sol` of its contracts). */
const eas = new Interface([
  "event Attested(address indexed recipient, address indexed attester, bytes32 uid, bytes32 indexed schemaUID)",
  "event Revoked(address indexed recipient, address indexed attester, bytes32 uid, bytes32 indexed schemaUID)",
  "function getAttestation(bytes32 uid) view returns (tuple(bytes32 uid, bytes32 schema, uint64 time, uint64 expirationTime, uint64 revocationTime, bytes32 refUID, address recipient, address attester, bool revocable, bytes data))",
]);

/** Calls side by side. */
const AT_ONCE = 16;

/**
 * Draws a list anew, by the seats and ballots of the deployment named.
 * @param firstBlock neither the deployment nor the attestations are older
 * @returns ascending addresses; the same for ever once the rule's block is final
 */
export function readAdmission(
  provider: Provider,
  addresses: { readonly feedbackTasks: Address; readonly stakeRegistry: Address },
  firstBlock = 0,
): (rule: DrawingRule, role: Role) => Promise<Address[]> {
  const stakeRegistry = toAddress(addresses.stakeRegistry);
  const registry = IStakeRegistry__factory.connect(stakeRegistry, provider);
  const tasks = IFeedbackTasks__factory.createInterface();
  const readLogs = createLogReader(provider);

  async function events(
    contract: Address,
    spoken: Interface,
    topics: LogTopics,
    until: number,
  ): Promise<{ args: Result; block: number }[]> {
    const logs = await readLogs(contract, topics, firstBlock, until);
    return logs.map((log) => ({
      args: (spoken.parseLog(log) as LogDescription).args,
      block: log.blockNumber,
    }));
  }

  /** Of these addresses, whoever held an active seat of the role at the block. */
  async function seatsAmong(wanted: ReadonlySet<Address>, role: Role, block: number) {
    const topics = [registry.interface.getEvent("SeatTaken").topicHash, null, roleTopic(role)];
    const taken = await events(stakeRegistry, registry.interface, topics, block);
    const candidates = new Set(taken.map(({ args }) => address(args["validator"])));
    const seats = new Set<Address>();
    await each(
      [...candidates].filter((candidate) => wanted.has(candidate)),
      async (candidate) => {
        const held = await ask(() => registry.roleAt(candidate, block));
        if (Number(held) === roleNumbers[role]) seats.add(candidate);
      },
    );
    return seats;
  }

  async function attested(
    rule: Omit<AttestedAdmission, "validators">,
    role: Role,
  ): Promise<Address[]> {
    const { contract, schema, block } = rule;
    const attesters = rule.attesters.map((each) => zeroPadValue(getAddress(each), 32));
    const named = (name: "Attested" | "Revoked") =>
      events(contract, eas, [topicOf(name), null, attesters, schema], block);
    const made = await named("Attested");
    const revocations = (await named("Revoked")).map(({ args, block }): Revocation => ({
      uid: args["uid"] as Hash,
      block,
    }));
    const recipients = new Set(made.map(({ args }) => address(args["recipient"])));
    const seats = await seatsAmong(recipients, role, block);
    const attestations: Attestation[] = [];
    await each(made, async ({ args, block }) => {
      const [uid, recipient] = [args["uid"] as Hash, address(args["recipient"])];
      if (!seats.has(recipient)) return;
      const expiresAt = await expiryOf(contract, uid);
      const attester = address(args["attester"]);
      attestations.push({ uid, recipient, attester, schema, block, expiresAt });
    });
    return drawByAttestation(
      rule,
      { attestations, revocations, blockTime: await timeOf(block) },
      seats,
    );
  }

  async function expiryOf(contract: Address, uid: Hash): Promise<bigint> {
    const question = { to: contract, data: eas.encodeFunctionData("getAttestation", [uid]) };
    const wrong = `${contract} does not answer as the Ethereum Attestation Service does`;
    const attestation = await ask(async () => {
      const answer = await provider.call(question);
      return eas.decodeFunctionResult("getAttestation", answer)[0] as Result;
    }, wrong);
    return attestation["expirationTime"] as bigint;
  }

  async function settled(
    rule: Omit<SettledAdmission, "validators">,
    role: Role,
  ): Promise<Address[]> {
    const topics = [tasks.getEvent("BallotSettled").topicHash];
    const scored = await events(toAddress(addresses.feedbackTasks), tasks, topics, rule.block);
    const ballots = scored.map(({ args, block }) => ({
      taskId: args["taskId"] as Hash,
      validator: address(args["validator"]),
      block,
    }));
    const authors = new Set(ballots.map(({ validator }) => validator));
    return drawBySettled(rule, ballots, await seatsAmong(authors, role, rule.block));
  }

  async function timeOf(block: number): Promise<bigint> {
    const header = await ask(() => provider.getBlock(block));
    if (header === null) throw blockUnknown(block);
    return BigInt(header.timestamp);
  }

  return async (rule, role) => {
    if ((await ask(() => provider.getBlockNumber())) < rule.block) throw blockUnknown(rule.block);
    return rule.rule === "eas" ? attested(rule, role) : settled(rule, role);
  };
}

function topicOf(name: "Attested" | "Revoked"): string {
  return (eas.getEvent(name) as { topicHash: string }).topicHash;
}

function roleTopic(role: Role): string {
  return zeroPadValue(`0x0${roleNumbers[role]}`, 32);
}

function blockUnknown(block: number): ScrutineerError {
  return new ScrutineerError("invalid-input", `the chain has no block ${block} yet`, { block });
}

async function each<T>(things: readonly T[], body: (thing: T) => Promise<void>): Promise<void> {
  for (let start = 0; start < things.length; start += AT_ONCE) {
    await Promise.all(things.slice(start, start + AT_ONCE).map(body));
  }
}

function address(value: unknown): Address {
  return (value as string).toLowerCase();
}
