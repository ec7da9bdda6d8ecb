/**
 * Inverse of a square matrix by Gauss-Jordan elimination with partial pivoting.
 *
 * Meant for the small matrices of a leaderboard (one row a model). A singular matrix, within
 * rounding, is refused.
 *
 *     inverse([[2, 0], [0, 4]])   // [[0.5, 0], [0, 0.25]]
 */
export type Matrix = number[][];

export function inverse(matrix: Matrix): Matrix {
  const size = matrix.length;
  const left = matrix.map((row) => [...row]);
  const right = matrix.map((_, i) => matrix.map((_, j) => (i === j ? 1 : 0)));
  const scale = Math.max(...matrix.flat().map(Math.abs));

  for (let column = 0; column < size; column += 1) {
    let pivot = column;
    for (let row = column + 1; row < size; row += 1) {
      if (Math.abs(at(left, row, column)) > Math.abs(at(left, pivot, column))) pivot = row;
    }
    if (!(Math.abs(at(left, pivot, column)) > scale * 1e-14)) {
      throw new RangeError("The matrix has no inverse.");
    }
    swap(left, pivot, column);
    swap(right, pivot, column);
    const factor = 1 / at(left, column, column);
    scaleRow(left, column, factor);
    scaleRow(right, column, factor);
    for (let row = 0; row < size; row += 1) {
      if (row === column) continue;
      const multiple = at(left, row, column);
      subtractRow(left, row, column, multiple);
      subtractRow(right, row, column, multiple);
    }
  }
  return right;
}

export function product(a: Matrix, b: Matrix): Matrix {
  return a.map((row) =>
    (b[0] ?? []).map((_, j) => row.reduce((sum, value, k) => sum + value * at(b, k, j), 0)),
  );
}

export function at(matrix: Matrix, row: number, column: number): number {
  return matrix[row]![column]!;
}

function swap(matrix: Matrix, a: number, b: number): void {
  [matrix[a], matrix[b]] = [matrix[b]!, matrix[a]!];
}

function scaleRow(matrix: Matrix, row: number, factor: number): void {
  matrix[row] = matrix[row]!.map((value) => value * factor);
}

function subtractRow(matrix: Matrix, row: number, from: number, multiple: number): void {
  matrix[row] = matrix[row]!.map((value, j) => value - multiple * at(matrix, from, j));
}
