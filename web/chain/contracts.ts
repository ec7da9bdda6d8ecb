/** The contracts through ethers, and what the page asks them. Reads go to the RPC, never through our own server. */
import type { JsonRpcProvider, Provider, Result, Signer } from "ethers";
import { Contract } from "ethers";
import type { IFeedbackTasks, IStakeRegistry } from "../../bindings/index.ts";
import { IFeedbackTasks__factory, IStakeRegistry__factory } from "../../bindings/index.ts";
import { ScrutineerError } from "../../protocol/errors.ts";
import type { Draw } from "../../protocol/pool.ts";
import { isInPool } from "../../protocol/pool.ts";
import { termsOfStruct } from "../../protocol/terms-json.ts";
import type { Terms } from "../../protocol/terms.ts";
import { lockUnits } from "../../protocol/terms.ts";
import { taskIdOf } from "../../protocol/task-id.ts";
import type { Address, Hash, Role, StakeRole } from "../../protocol/words.ts";
import type { Config } from "../data/schemas.ts";

/** What of the configuration names the chain's contracts. */
type Contracts = Pick<Config, "chainId" | "contracts">;

export function tasksContract(config: Contracts, runner: Provider | Signer): IFeedbackTasks {
  return IFeedbackTasks__factory.connect(config.contracts.feedbackTasks, runner);
}

export function stakeRegistry(config: Contracts, runner: Provider | Signer): IStakeRegistry {
  return IStakeRegistry__factory.connect(config.contracts.stakeRegistry, runner);
}

/** `mint` exists on the local chain's test token alone. */
export function tokenContract(config: Config, runner: Provider | Signer): Contract {
  return new Contract(
    config.contracts.token,
    [
      "function balanceOf(address) view returns (uint256)",
      "function symbol() view returns (string)",
      "function approve(address,uint256) returns (bool)",
      "function mint(address,uint256)",
    ],
    runner,
  );
}

export async function isSessionActive(
  config: Config,
  provider: Provider,
  validator: Address,
  key: Address,
): Promise<boolean> {
  const session = await stakeRegistry(config, provider).sessionOf(validator, key);
  return session.authorizedAt !== 0n && session.revokedAt === 0n;
}

/** Whether a key once vouched for was taken back: what it signed can be committed no more. */
export async function isSessionRevoked(
  config: Contracts,
  provider: Provider,
  validator: Address,
  key: Address,
): Promise<boolean> {
  return (await stakeRegistry(config, provider).sessionOf(validator, key)).revokedAt !== 0n;
}

export interface Standing {
  readonly role: "None" | "Human" | "Ai" | "Operator";
  readonly active: boolean;
  readonly stakedUnits: bigint;
  readonly lockedUnits: bigint;
  readonly exitableAt: number;
  readonly minStakeUnits: bigint;
  readonly balanceUnits: bigint;
  readonly creditUnits: bigint;
  readonly gasUnits: bigint;
}

const roles = ["None", "Human", "Ai", "Operator"] as const;

export async function readStanding(
  config: Config,
  provider: JsonRpcProvider,
  address: Address,
): Promise<Standing> {
  const registry = stakeRegistry(config, provider);
  const [account, minStakeUnits, balanceUnits, creditUnits, gasUnits] = await Promise.all([
    registry.accountOf(address),
    registry.MIN_STAKE(),
    tokenContract(config, provider).getFunction("balanceOf")(address) as Promise<bigint>,
    tasksContract(config, provider).creditOf(address),
    provider.getBalance(address),
  ]);
  const role = roles[Number(account.role)] ?? "None";
  return {
    role,
    active: role !== "None" && account.exitableAt === 0n && account.stakedUnits >= minStakeUnits,
    stakedUnits: account.stakedUnits,
    lockedUnits: account.lockedUnits,
    exitableAt: Number(account.exitableAt),
    minStakeUnits,
    balanceUnits,
    creditUnits,
    gasUnits,
  };
}

/** What the chain itself says of a task; the terms are proved by the task's own name. */
export interface TaskOnChain {
  readonly terms: Terms;
  readonly requester: Address;
  readonly seed: Hash;
  /** Of the validator's role; of both below. */
  readonly draw: Draw;
  readonly human: Draw;
  readonly ai: Draw;
  /** Of creation: no log of the task is older. */
  readonly snapshotBlock: number;
  readonly role: Role;
  /** Why this validator may not judge here, if so. */
  readonly obstacle: string | undefined;
}

export async function readTaskFor(
  config: Contracts,
  provider: JsonRpcProvider,
  taskId: Hash,
  validator: Address,
): Promise<TaskOnChain> {
  const tasks = tasksContract(config, provider);
  const registry = stakeRegistry(config, provider);
  const facts = await tasks.factsOf(taskId);
  const created = Number(facts.snapshotBlock);
  const [draws, creations, role] = await Promise.all([
    tasks.drawOf(taskId),
    tasks.queryFilter(tasks.filters.TaskCreated(taskId), created, created),
    registry.roleAt(validator, facts.snapshotBlock),
  ]);
  const event = creations[0];
  if (!event)
    throw new ScrutineerError("task-unknown", "The chain does not know this task.", { taskId });
  const terms = termsOfStruct((event.args.terms as unknown as Result).toObject());
  const requester = event.args.requester.toLowerCase();
  const proved = taskIdOf(
    config.chainId,
    config.contracts.feedbackTasks,
    requester,
    event.args.nonce,
    terms,
  );
  if (proved !== taskId) {
    throw new ScrutineerError(
      "task-mismatch",
      "The terms the chain tells do not hash to this task.",
      { taskId },
    );
  }
  const held = roles[Number(role)];
  const judging: Role = held === "Ai" ? "Ai" : "Human";
  const [human, ai] = [toDraw(draws.human), toDraw(draws.ai)];
  const draw = judging === "Ai" ? ai : human;
  return {
    terms,
    requester,
    seed: facts.seed,
    ...{ draw, human, ai },
    snapshotBlock: created,
    role: judging,
    obstacle: obstacleOf(facts, held, validator, draw),
  };
}

function toDraw(draw: Record<keyof Draw, bigint>): Draw {
  return {
    seats: Number(draw.seats),
    pool: Number(draw.pool),
    need: Number(draw.need),
    threshold: draw.threshold,
  };
}

/** Stake this ballot may lock now: what is free, and what this task holds already. */
export async function readCoverUnits(
  config: Contracts,
  provider: Provider,
  taskId: Hash,
  validator: Address,
  { terms, role }: Pick<TaskOnChain, "terms" | "role">,
): Promise<bigint> {
  const [freeStakeUnits, record] = await Promise.all([
    stakeRegistry(config, provider).freeStakeOf(validator),
    tasksContract(config, provider).recordOf(taskId, validator),
  ]);
  return freeStakeUnits + lockUnits(terms, role, Number(record.judgments));
}

function obstacleOf(
  facts: { readonly opened: boolean; readonly seed: Hash },
  held: StakeRole | "None" | undefined,
  validator: Address,
  draw: Draw,
): string | undefined {
  if (!facts.opened) return "This task is not open yet.";
  if (held !== "Human" && held !== "Ai") {
    return "Your seat did not exist yet when this task was created. Seats count in tasks created after them.";
  }
  return isInPool(facts.seed, validator, draw)
    ? undefined
    : "The draw gave this task to other seats; yours is not in its pool.";
}
