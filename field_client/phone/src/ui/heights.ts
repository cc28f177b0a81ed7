/** Where the rows of a long list lie, as far as their heights are known. Pure. */

/** Heights of rows that were drawn, in pixels, by key. */
export type Heights = Map<string, number>;

/** What a row is taken for until it was drawn once, where none was. */
const FIRST_GUESS = 80;

/** Where each row begins; one more for the end of the last. A row not drawn yet is as high as those drawn are on average. */
export function offsetsOf(keys: readonly string[], heights: Heights): number[] {
  const known = [...heights.values()];
  const guess = known.length > 0 ? known.reduce((sum, one) => sum + one, 0) / known.length : FIRST_GUESS;
  const offsets = [0];
  let end = 0;
  for (const key of keys) {
    end += heights.get(key) ?? guess;
    offsets.push(end);
  }
  return offsets;
}

/** The rows from `first` up to but not `last` that lie between `top` and `bottom`; at least one where there is any. */
export function spanOf(
  offsets: readonly number[],
  top: number,
  bottom: number,
): { first: number; last: number } {
  const rows = offsets.length - 1;
  const first = Math.min(Math.max(0, after(offsets, top) - 1), Math.max(0, rows - 1));
  const last = Math.min(rows, Math.max(first + 1, after(offsets, bottom)));
  return { first, last };
}

/** The first place whose offset is greater than `at`. */
function after(offsets: readonly number[], at: number): number {
  let low = 0;
  let high = offsets.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((offsets[middle] as number) > at) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** The place of each row among those that are counted, from 1; last, how many they are. */
export function placesOf(counted: readonly boolean[]): number[] {
  let place = 0;
  const places = counted.map((counts) => (counts ? ++place : place));
  return [...places, place];
}
