/** Every judge of the file becomes a staked validator with a key of its own. */
import type { JsonRpcProvider } from "ethers";
import { computeAddress } from "ethers";
import type { PublicConfig } from "../../api/schemas/config.ts";
import { keccak256Text } from "../../protocol/keccak.ts";
import { lockUnits } from "../../protocol/terms.ts";
import type { Address, Hash, Role } from "../../protocol/words.ts";
import { joinAll } from "../join.ts";
import type { TermsDraft } from "../create-task.ts";
import type { GivenJudgment, GivenJudgments } from "./units.ts";

export interface SeatedJudge {
  readonly judge: string;
  readonly role: Role;
  readonly privateKey: Hash;
  readonly address: Address;
  readonly judgments: readonly GivenJudgment[];
}

/** Keys follow from names, so that two replays of one file have the same validators. Worth nothing off the local chain. */
export function judgesOf(given: GivenJudgments): SeatedJudge[] {
  const seat = (role: Role, votes: ReadonlyMap<string, readonly GivenJudgment[]>): SeatedJudge[] =>
    [...votes].map(([judge, judgments]) => {
      const privateKey = keccak256Text(`scrutineer replay ${role} ${judge}`);
      const address = computeAddress(privateKey).toLowerCase();
      return { judge, role, privateKey, address, judgments };
    });
  return [...seat("Human", given.byJudge.human), ...seat("Ai", given.byJudge.ai)];
}

/** Stakes what the whole ballot will lock, and the minimum at least. */
export async function seatJudges(
  provider: JsonRpcProvider,
  contracts: PublicConfig["contracts"],
  judges: readonly SeatedJudge[],
  terms: Pick<TermsDraft, "humanPrice" | "aiPrice" | "maxPenalty">,
  minStake: bigint,
): Promise<void> {
  await joinAll(
    provider,
    contracts,
    judges.map(({ privateKey, role, judgments }) => {
      const lock = lockUnits(terms, role, judgments.length);
      return { privateKey, role, stakeUnits: lock > minStake ? lock : minStake };
    }),
  );
}
