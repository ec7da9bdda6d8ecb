/**
 * The score: how much more often a validator agrees with people on the same item than across its items, in ppm.
 *
 * Dasgupta and Ghosh (WWW 2013); Correlated Agreement with the identity (Shnayder, Agarwal, Frongillo, Parkes, EC 2016),
 * in closed form; strata after Zhang, Pang, Zhu, Liu (NeurIPS 2025). It is exactly the mean, over all human peers and all
 * ordered pairs of the validator's own items, of "agreed on this one" minus "agreed across those two". A constant answer
 * scores exactly zero, and within strata so does an answer that depends on the stratum alone [G10].
 *
 * Worked example: two items, A and B; the one peer says A, B; so does the validator. n = 2, U = 2L, V = (L, L, 0),
 * D = 2·2L − (1·L + 1·L) = 2L, score = 10^6 · 2L / (L · 1) / 2 = 1,000,000.
 */
import type { Entry } from "./ballot.ts";
import type { AiLabel, Counts, Tally } from "./tally.ts";
import { aiLabelOf } from "./tally.ts";
import type { Role } from "./words.ts";

/** lcm(1..15): divides evenly among any number of peers an item can have. */
export const L = 360_360;

export interface Score {
  /** -1,000,000 to 1,000,000; 0 where nothing was scored. */
  readonly scorePpm: number;
  /** n: how many judgments the score rests on. */
  readonly scored: number;
}

interface Stratum {
  n: number;
  agreement: number;
  ownLabels: Counts;
  peerLabels: Counts;
}

/**
 * `entries`: the validator's effective entries, canonical. `tallyOf`: final tallies, with the validator's own votes in
 * them if it is a person.
 */
export function scoreOf(
  role: Role,
  entries: readonly Entry[],
  tallyOf: (itemIndex: number) => Tally,
  conditionOnAi: boolean,
): Score {
  const strata = new Map<AiLabel, Stratum>();
  for (const { itemIndex, verdict } of entries) {
    const tally = tallyOf(itemIndex);
    const peers: Counts = [...tally.human];
    if (role === "Human") peers[verdict] -= 1;
    const peerCount = peers[0] + peers[1] + peers[2];
    if (peerCount === 0) continue;

    const stratum = stratumFor(
      strata,
      role === "Human" && conditionOnAi ? aiLabelOf(tally) : "none",
    );
    const share = L / peerCount;
    stratum.n += 1;
    stratum.agreement += share * peers[verdict];
    stratum.ownLabels[verdict] += 1;
    for (const label of [0, 1, 2] as const) stratum.peerLabels[label] += share * peers[label];
  }

  let sum = 0n;
  let scored = 0;
  for (const stratum of strata.values()) {
    if (stratum.n < 2) continue;
    sum += (1_000_000n * covariance(stratum)) / BigInt(L * (stratum.n - 1));
    scored += stratum.n;
  }
  return { scorePpm: scored === 0 ? 0 : Number(sum / BigInt(scored)), scored };
}

/** D = n·U − Σ_k n_k·V_k. At most 4096 · 4096 · L, so doubles are exact (below 2^43); the factor 10^6 is not. */
function covariance({ n, agreement, ownLabels, peerLabels }: Stratum): bigint {
  const acrossItems =
    ownLabels[0] * peerLabels[0] + ownLabels[1] * peerLabels[1] + ownLabels[2] * peerLabels[2];
  return BigInt(n * agreement - acrossItems);
}

function stratumFor(strata: Map<AiLabel, Stratum>, label: AiLabel): Stratum {
  let stratum = strata.get(label);
  if (!stratum) {
    stratum = { n: 0, agreement: 0, ownLabels: [0, 0, 0], peerLabels: [0, 0, 0] };
    strata.set(label, stratum);
  }
  return stratum;
}
