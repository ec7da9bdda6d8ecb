/** Roles as `IStakeRegistry.Role` numbers them; 0 is none. */
import type { StakeRole } from "../../protocol/words.ts";

export const roleNumbers: Readonly<Record<StakeRole, number>> = { Human: 1, Ai: 2, Operator: 3 };
