/**
 * Pairwise agreement: of all pairs of votes on the same unit, the share that say the same.
 *
 * Not corrected for chance, so it depends on how common ties are; MT-Bench (Zheng et al. 2023,
 * table 5) reports it with ties and without. Each unit gives `m·(m − 1)/2` pairs.
 *
 *     pairwiseAgreement([["a", "a", "b"]])   // { agreed: 1, pairs: 3 }
 */
export interface PairwiseAgreement {
  readonly agreed: number;
  readonly pairs: number;
}

export function pairwiseAgreement<Label>(units: Iterable<readonly Label[]>): PairwiseAgreement {
  let agreed = 0;
  let pairs = 0;
  for (const unit of units) {
    const counts = new Map<Label, number>();
    for (const label of unit) counts.set(label, (counts.get(label) ?? 0) + 1);
    for (const count of counts.values()) agreed += (count * (count - 1)) / 2;
    pairs += (unit.length * (unit.length - 1)) / 2;
  }
  return { agreed, pairs };
}
