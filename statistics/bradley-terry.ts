import { at, inverse, product } from "./matrix.ts";
import type { Matrix } from "./matrix.ts";

/**
 * Bradley-Terry: one strength a model, such that model i beats model j with probability
 *
 *     p_ij = 1 / (1 + exp(θ_j − θ_i))
 *
 * fitted by maximum likelihood, a tie counting as half a win for each side. Only differences of
 * strengths mean anything; they are given with mean zero.
 *
 * The log likelihood is concave, so Newton's steps (halved while they do not improve it) end at
 * its one maximum: there Σ_c (s_c − p_c) = 0 for each model. A finite maximum exists iff every
 * model can be reached from every other along "won or tied against" (Ford 1957); where it does
 * not, `DisconnectedComparisons` names the models that cannot be compared.
 *
 * Standard errors are clustered: votes on the same item are not independent, so the sandwich
 *
 *     H⁺ (Σ_g u_g u_gᵀ) H⁺,    u_g = Σ_{c in cluster g} (s_c − p_c)(e_i − e_j),    H = −Hessian
 *
 * with H⁺ the pseudo-inverse of the singular H and no small-sample factor (Huber 1967; Liang and
 * Zeger 1986). `modelCovariance` is H⁺ itself, right only for independent votes.
 *
 *     bradleyTerry([3 × { first: "x", second: "y", score: 1 }, 1 × { …, score: 0 }])
 *     // p = 3/4, so θ_x − θ_y = ln 3: x 0.549, y -0.549
 *
 * Source: R. A. Bradley and M. E. Terry, Biometrika 39 (1952); D. R. Hunter, Annals of Statistics
 * 32 (2004).
 */
export interface Comparison {
  readonly first: string;
  readonly second: string;
  /** What `first` got: 1 for a win, 0.5 for a tie, 0 for a loss. */
  readonly score: number;
  /** Votes of one cluster (here: one item) may depend on each other; absent: a cluster of its own. */
  readonly cluster?: string;
}

export interface Leaderboard {
  /** Strongest first, equal ones by name. */
  readonly models: readonly RatedModel[];
  readonly comparisons: number;
  readonly clusters: number;
  readonly iterations: number;
  /** Rows and columns in the order of `models`. */
  readonly covariance: Matrix;
  readonly modelCovariance: Matrix;
}

export interface RatedModel {
  readonly model: string;
  /** Mean-centred log strength. */
  readonly strength: number;
  /** Clustered standard error of `strength`. */
  readonly standardError: number;
  readonly comparisons: number;
}

export class DisconnectedComparisons extends RangeError {
  readonly group: readonly string[];
  readonly others: readonly string[];

  constructor(group: readonly string[], others: readonly string[]) {
    super(
      `The difference between ${group.join(", ")} on one side and ${others.join(", ")} on the other is not bounded ` +
        `by the votes: no vote compares them, or all such votes went one way without a tie.`,
    );
    this.name = "DisconnectedComparisons";
    this.group = group;
    this.others = others;
  }
}

const MAX_ITERATIONS = 100;
const TOLERANCE = 1e-12;

export function bradleyTerry(comparisons: readonly Comparison[]): Leaderboard {
  const names = [...new Set(comparisons.flatMap((c) => [c.first, c.second]))].sort();
  const index = new Map(names.map((name, i) => [name, i]));
  const votes = comparisons.map((c) => ({
    i: index.get(c.first)!,
    j: index.get(c.second)!,
    score: c.score,
    cluster: c.cluster,
  }));
  for (const [k, vote] of votes.entries()) {
    if (vote.i === vote.j)
      throw new RangeError(`Comparison ${k}: ${names[vote.i]} against itself.`);
    if (!(vote.score >= 0 && vote.score <= 1)) {
      throw new RangeError(`Comparison ${k}: the score ${vote.score} is not between 0 and 1.`);
    }
  }
  refuseDisconnected(names, votes);

  const pairs = sumByPair(votes);
  const { strengths, iterations } = maximise(names.length, pairs);
  const bread = pseudoInverse(information(strengths, pairs));
  const { meat, clusters } = clusteredScores(strengths, votes);
  const covariance = product(product(bread, meat), bread);

  const order = names
    .map((_, i) => i)
    .sort((a, b) => strengths[b]! - strengths[a]! || (names[a]! < names[b]! ? -1 : 1));
  const counts = names.map((_, i) => votes.filter((v) => v.i === i || v.j === i).length);
  return {
    models: order.map((i) => ({
      model: names[i]!,
      strength: strengths[i]!,
      standardError: Math.sqrt(Math.max(0, at(covariance, i, i))),
      comparisons: counts[i]!,
    })),
    comparisons: votes.length,
    clusters,
    iterations,
    covariance: reorder(covariance, order),
    modelCovariance: reorder(bread, order),
  };
}

interface Vote {
  readonly i: number;
  readonly j: number;
  readonly score: number;
  readonly cluster: string | undefined;
}

interface Pair {
  readonly i: number;
  readonly j: number;
  wins: number;
  games: number;
}

function sumByPair(votes: readonly Vote[]): Pair[] {
  const pairs = new Map<string, Pair>();
  for (const { i, j, score } of votes) {
    const key = i < j ? `${i}:${j}` : `${j}:${i}`;
    const pair = pairs.get(key) ?? { i: Math.min(i, j), j: Math.max(i, j), wins: 0, games: 0 };
    pair.wins += i < j ? score : 1 - score;
    pair.games += 1;
    pairs.set(key, pair);
  }
  return [...pairs.values()];
}

function winProbability(strengths: readonly number[], i: number, j: number): number {
  return 1 / (1 + Math.exp(strengths[j]! - strengths[i]!));
}

/** ln p without overflow: −ln(1 + e^−x). */
function logProbability(x: number): number {
  return x > 0 ? -Math.log1p(Math.exp(-x)) : x - Math.log1p(Math.exp(x));
}

function logLikelihood(strengths: readonly number[], pairs: readonly Pair[]): number {
  return pairs.reduce((sum, { i, j, wins, games }) => {
    const lead = strengths[i]! - strengths[j]!;
    return sum + wins * logProbability(lead) + (games - wins) * logProbability(-lead);
  }, 0);
}

function maximise(
  size: number,
  pairs: readonly Pair[],
): { strengths: number[]; iterations: number } {
  let strengths = new Array<number>(size).fill(0);
  let value = logLikelihood(strengths, pairs);
  for (let iteration = 1; iteration <= MAX_ITERATIONS; iteration += 1) {
    const slope = new Array<number>(size).fill(0);
    for (const { i, j, wins, games } of pairs) {
      const surprise = wins - games * winProbability(strengths, i, j);
      slope[i]! += surprise;
      slope[j]! -= surprise;
    }
    const newton = pseudoInverse(information(strengths, pairs)).map((row) =>
      row.reduce((sum, entry, k) => sum + entry * slope[k]!, 0),
    );
    if (Math.max(...newton.map(Math.abs), 0) < TOLERANCE)
      return { strengths, iterations: iteration };

    let share = 1;
    let next = strengths.map((s, k) => s + newton[k]!);
    let nextValue = logLikelihood(next, pairs);
    while (nextValue < value - 1e-9 * Math.abs(value) && share > 1e-6) {
      share /= 2;
      next = strengths.map((s, k) => s + share * newton[k]!);
      nextValue = logLikelihood(next, pairs);
    }
    const mean = next.reduce((sum, s) => sum + s, 0) / size;
    strengths = next.map((s) => s - mean);
    value = nextValue;
  }
  throw new RangeError(`Bradley-Terry did not converge within ${MAX_ITERATIONS} steps.`);
}

/** H: a weighted graph Laplacian, so the strengths' mean is its one free direction. */
function information(strengths: readonly number[], pairs: readonly Pair[]): Matrix {
  const matrix = strengths.map(() => strengths.map(() => 0));
  for (const { i, j, games } of pairs) {
    const p = winProbability(strengths, i, j);
    const weight = games * p * (1 - p);
    matrix[i]![i]! += weight;
    matrix[j]![j]! += weight;
    matrix[i]![j]! -= weight;
    matrix[j]![i]! -= weight;
  }
  return matrix;
}

/** H⁺ = (H + 11ᵀ/m)⁻¹ − 11ᵀ/m for a connected Laplacian of m rows. */
function pseudoInverse(laplacian: Matrix): Matrix {
  const share = 1 / laplacian.length;
  const filled = laplacian.map((row) => row.map((entry) => entry + share));
  return inverse(filled).map((row) => row.map((entry) => entry - share));
}

function clusteredScores(
  strengths: readonly number[],
  votes: readonly Vote[],
): { meat: Matrix; clusters: number } {
  const sums = new Map<string, Map<number, number>>();
  for (const [k, { i, j, score, cluster }] of votes.entries()) {
    const key = cluster === undefined ? `vote ${k}` : `cluster ${cluster}`;
    const sum = sums.get(key) ?? new Map<number, number>();
    const surprise = score - winProbability(strengths, i, j);
    sum.set(i, (sum.get(i) ?? 0) + surprise);
    sum.set(j, (sum.get(j) ?? 0) - surprise);
    sums.set(key, sum);
  }
  const meat = strengths.map(() => strengths.map(() => 0));
  for (const sum of sums.values()) {
    for (const [i, a] of sum) for (const [j, b] of sum) meat[i]![j]! += a * b;
  }
  return { meat, clusters: sums.size };
}

/** Ford's condition: the graph "i won or tied against j" is strongly connected. */
function refuseDisconnected(names: readonly string[], votes: readonly Vote[]): void {
  const beaten = names.map(() => new Set<number>());
  const beatenBy = names.map(() => new Set<number>());
  for (const { i, j, score } of votes) {
    if (score > 0) link(beaten, beatenBy, i, j);
    if (score < 1) link(beaten, beatenBy, j, i);
  }
  for (const graph of [beaten, beatenBy]) {
    const reached = reachable(graph);
    if (reached.size < names.length) {
      const group = names.filter((_, i) => reached.has(i));
      const others = names.filter((_, i) => !reached.has(i));
      throw new DisconnectedComparisons(group, others);
    }
  }
}

function link(beaten: Set<number>[], beatenBy: Set<number>[], winner: number, loser: number): void {
  beaten[winner]!.add(loser);
  beatenBy[loser]!.add(winner);
}

function reachable(graph: readonly ReadonlySet<number>[]): Set<number> {
  const reached = new Set<number>(graph.length > 0 ? [0] : []);
  for (const from of reached) for (const to of graph[from]!) reached.add(to);
  return reached;
}

function reorder(matrix: Matrix, order: readonly number[]): Matrix {
  return order.map((i) => order.map((j) => at(matrix, i, j)));
}
