/**
 * Krippendorff's alpha for nominal labels: agreement beyond chance, with any number of raters and
 * any missing labels.
 *
 * 1 is perfect agreement, 0 what labels drawn at random from the pooled ones would give, below 0
 * systematic disagreement. With `n_c` pairable labels of kind c, `n = Σ n_c`, and, in a unit of m
 * labels, `m_c` of kind c:
 *
 *     D_o = Σ_units Σ_c m_c·(m − m_c) / (m − 1)          observed disagreement
 *     D_e = Σ_c n_c·(n − n_c) / (n − 1)                  expected disagreement
 *     alpha = 1 − D_o / D_e
 *
 * A unit with a single label pairs with nothing and is left out.
 * Source: K. Krippendorff, "Computing Krippendorff's Alpha-Reliability" (2011), section C.
 *
 *     krippendorffAlpha([["a", "a"], ["a", "b"], ["b", "b"]]).alpha   // 4/9: D_o = 2, D_e = 18/5
 */
export interface Alpha {
  /** NaN where it is not defined: fewer than two pairable labels, or all of one kind. */
  readonly alpha: number;
  /** Units with two or more labels. */
  readonly units: number;
  /** Labels in those units. */
  readonly labels: number;
}

export function krippendorffAlpha<Label>(units: Iterable<readonly Label[]>): Alpha {
  const totals = new Map<Label, number>();
  let pairableUnits = 0;
  let labels = 0;
  let observed = 0;

  for (const unit of units) {
    if (unit.length < 2) continue;
    const counts = new Map<Label, number>();
    for (const label of unit) counts.set(label, (counts.get(label) ?? 0) + 1);
    for (const [label, count] of counts) {
      observed += (count * (unit.length - count)) / (unit.length - 1);
      totals.set(label, (totals.get(label) ?? 0) + count);
    }
    pairableUnits += 1;
    labels += unit.length;
  }

  let expected = 0;
  for (const total of totals.values()) expected += (total * (labels - total)) / (labels - 1);
  const alpha = expected === 0 ? NaN : 1 - observed / expected;
  return { alpha, units: pairableUnits, labels };
}
