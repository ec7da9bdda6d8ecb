/** StakeRegistry: who staked, who holds a seat, which keys may sign. */
import type {
  CommonsPaidEvent,
  ExitRequestedEvent,
  JoinedEvent,
  SeatTakenEvent,
  SeatVacatedEvent,
  SessionAuthorizedEvent,
  SessionRevokedEvent,
  StakeAddedEvent,
  StakeForfeitedEvent,
  StakeSeizedEvent,
  StakeWithdrawnEvent,
  TasksBoundEvent,
} from "../../bindings/interfaces/IStakeRegistry.ts";
import type { StakeRole } from "../../protocol/words.ts";
import { toAddress } from "../../protocol/words.ts";
import type { Change } from "../../store/chain-writes.ts";
import { fact, put, type ChainState, type FactPosition, type Handler } from "../changes.ts";
import { blockOf, secondsOf } from "../figures.ts";

const roles: readonly (StakeRole | undefined)[] = [undefined, "Human", "Ai", "Operator"];

function roleOf(value: bigint): StakeRole {
  const role = roles[Number(value)];
  if (role === undefined) throw new RangeError(`no such role: ${value}`);
  return role;
}

function joined(args: JoinedEvent.OutputObject, at: FactPosition): Change[] {
  const validator = toAddress(args.validator);
  return [
    put("validators", {
      validator,
      role: roleOf(args.role),
      profileHash: args.profileHash,
      stakedUnits: args.stakeUnits,
      lockedUnits: 0n,
      active: false,
      seatFromBlock: null,
      exitableAt: null,
      ...at,
    }),
    fact("stakeChanges", {
      validator,
      kind: "Joined",
      units: args.stakeUnits,
      taskId: null,
      ...at,
    }),
  ];
}

function stakeAdded(
  args: StakeAddedEvent.OutputObject,
  at: FactPosition,
  state: ChainState,
): Change[] {
  const row = state.validator(toAddress(args.validator));
  return [
    put("validators", { ...row, stakedUnits: row.stakedUnits + args.amountUnits }),
    fact("stakeChanges", {
      validator: row.validator,
      kind: "Added",
      units: args.amountUnits,
      taskId: null,
      ...at,
    }),
  ];
}

function seatChanged(active: boolean): Handler<SeatTakenEvent.OutputObject> {
  return (args, at, state) => {
    const row = state.validator(toAddress(args.validator));
    const fromBlock = blockOf(args.fromBlock);
    return [
      put("validators", { ...row, active, seatFromBlock: fromBlock }),
      fact("seatChanges", {
        validator: row.validator,
        role: roleOf(args.role),
        active,
        fromBlock,
        ...at,
      }),
    ];
  };
}

function exitRequested(
  args: ExitRequestedEvent.OutputObject,
  at: FactPosition,
  state: ChainState,
): Change[] {
  const row = state.validator(toAddress(args.validator));
  return [
    put("validators", { ...row, exitableAt: secondsOf(args.exitableAt) }),
    fact("stakeChanges", {
      validator: row.validator,
      kind: "Exiting",
      units: row.stakedUnits,
      taskId: null,
      ...at,
    }),
  ];
}

function stakeWithdrawn(
  args: StakeWithdrawnEvent.OutputObject,
  at: FactPosition,
  state: ChainState,
): Change[] {
  const row = state.validator(toAddress(args.validator));
  return [
    put("validators", { ...row, stakedUnits: row.stakedUnits - args.amountUnits }),
    fact("stakeChanges", {
      validator: row.validator,
      kind: "Withdrawn",
      units: args.amountUnits,
      taskId: null,
      ...at,
    }),
  ];
}

/** The lock itself ends with the ballot's own event, in FeedbackTasks. */
function stakeForfeited(
  args: StakeForfeitedEvent.OutputObject,
  at: FactPosition,
  state: ChainState,
): Change[] {
  const row = state.validator(toAddress(args.validator));
  return [
    put("validators", { ...row, stakedUnits: row.stakedUnits - args.lossUnits }),
    fact("stakeChanges", {
      validator: row.validator,
      kind: "Forfeited",
      units: args.lossUnits,
      taskId: args.taskId,
      ...at,
    }),
  ];
}

/** Out of stake and lock at once; the rest of the bond's lock ends with BondReleased, in FeedbackTasks. */
function stakeSeized(
  args: StakeSeizedEvent.OutputObject,
  at: FactPosition,
  state: ChainState,
): Change[] {
  const row = state.validator(toAddress(args.validator));
  return [
    put("validators", {
      ...row,
      stakedUnits: row.stakedUnits - args.amountUnits,
      lockedUnits: row.lockedUnits - args.amountUnits,
    }),
    fact("stakeChanges", {
      validator: row.validator,
      kind: "Seized",
      units: args.amountUnits,
      taskId: args.taskId,
      ...at,
    }),
  ];
}

function sessionAuthorized(args: SessionAuthorizedEvent.OutputObject, at: FactPosition): Change[] {
  return [
    put("sessions", {
      validator: toAddress(args.validator),
      key: toAddress(args.key),
      nonce: args.nonce,
      authorizedAt: at.blockTimestamp,
      expiresAt: secondsOf(args.expiresAt),
      revokedAt: null,
      revokedTx: null,
      ...at,
    }),
  ];
}

function sessionRevoked(
  args: SessionRevokedEvent.OutputObject,
  at: FactPosition,
  state: ChainState,
): Change[] {
  const row = state.session(toAddress(args.validator), toAddress(args.key));
  return [put("sessions", { ...row, revokedAt: at.blockTimestamp, revokedTx: at.txHash })];
}

function commonsPaid(args: CommonsPaidEvent.OutputObject, at: FactPosition): Change[] {
  return [
    fact("stakeChanges", {
      validator: null,
      kind: "CommonsPaid",
      units: args.amountUnits,
      taskId: null,
      ...at,
    }),
  ];
}

export interface StakeRegistryEvents {
  Joined: JoinedEvent.OutputObject;
  StakeAdded: StakeAddedEvent.OutputObject;
  SeatTaken: SeatTakenEvent.OutputObject;
  SeatVacated: SeatVacatedEvent.OutputObject;
  ExitRequested: ExitRequestedEvent.OutputObject;
  StakeWithdrawn: StakeWithdrawnEvent.OutputObject;
  StakeForfeited: StakeForfeitedEvent.OutputObject;
  StakeSeized: StakeSeizedEvent.OutputObject;
  SessionAuthorized: SessionAuthorizedEvent.OutputObject;
  SessionRevoked: SessionRevokedEvent.OutputObject;
  CommonsPaid: CommonsPaidEvent.OutputObject;
  TasksBound: TasksBoundEvent.OutputObject;
}

export const stakeRegistryHandlers: {
  readonly [Name in keyof StakeRegistryEvents]: Handler<StakeRegistryEvents[Name]>;
} = {
  Joined: joined,
  StakeAdded: stakeAdded,
  SeatTaken: seatChanged(true),
  SeatVacated: seatChanged(false),
  ExitRequested: exitRequested,
  StakeWithdrawn: stakeWithdrawn,
  StakeForfeited: stakeForfeited,
  StakeSeized: stakeSeized,
  SessionAuthorized: sessionAuthorized,
  SessionRevoked: sessionRevoked,
  CommonsPaid: commonsPaid,
  TasksBound: () => [],
};
