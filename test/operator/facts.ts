/** Facts for the planning tests: one open task whose deadlines are round numbers. */
import type { BallotToCommit } from "../../store/operator-facts.ts";
import type { Now, OpeningToReveal, TaskView } from "../../operator/duties.ts";
import { ZERO_HASH, type Role } from "../../protocol/words.ts";

export const TASK = `0x${"7a".repeat(32)}`;

export function task(changes: Partial<TaskView> = {}): TaskView {
  return {
    taskId: TASK,
    operator: `0x${"0e".repeat(20)}`,
    seedBlock: 12n,
    conditionOnAi: false,
    aiClosesAt: 10_000n,
    closesAt: 20_000n,
    commitEndsAt: 30_000n,
    revealEndsAt: 40_000n,
    opened: true,
    cancelled: false,
    booksClosed: false,
    settled: false,
    bondReleased: false,
    goldHash: ZERO_HASH,
    goldStage: null,
    ...changes,
  };
}

export function at(time: bigint, block = 100n): Now {
  return { block, time, clock: 0 };
}

export function addressOf(index: number): string {
  return `0x${index.toString(16).padStart(40, "0")}`;
}

export function hashOf(index: number): string {
  return `0x${index.toString(16).padStart(64, "0")}`;
}

export function ballot(index: number, role: Role = "Human"): BallotToCommit {
  return {
    validator: addressOf(index),
    role,
    version: 3,
    judgments: 2,
    commitment: hashOf(index),
    signature: `0x${"11".repeat(64)}1b`,
    admissionIndex: 0,
    unfundedVersion: 0,
  };
}

export function opening(index: number, role: Role = "Human"): OpeningToReveal {
  return {
    validator: addressOf(index),
    role,
    salt: hashOf(1),
    notesHash: hashOf(2),
    entries: "0x00000000",
  };
}
