/** A QR code as one SVG path, a unit a module, with the quiet zone that scanners need around it. Pure. */

import { encode } from "uqr";

/** Light modules on each side (ISO/IEC 18004 asks for four). */
export const QUIET = 4;

export interface QrPath {
  /** Units on each side, quiet zone included. */
  size: number;
  path: string;
}

/** The code of a text. Level M stands a dirty or glaring screen and keeps the modules large. */
export function qrPath(text: string): QrPath {
  const { data, size } = encode(text, { ecc: "M", border: 0 });
  const rows = data.map((row, y) =>
    runsOf(row).map(([x, length]) => `M${x + QUIET} ${y + QUIET}h${length}v1h-${length}z`),
  );
  return { size: size + 2 * QUIET, path: rows.flat().join("") };
}

/** The dark runs of a row: [start, length]. One rectangle a run leaves no hairlines between modules. */
function runsOf(row: readonly boolean[]): [number, number][] {
  const runs: [number, number][] = [];
  row.forEach((dark, x) => {
    const last = runs[runs.length - 1];
    if (!dark) return;
    if (last && last[0] + last[1] === x) last[1] += 1;
    else runs.push([x, 1]);
  });
  return runs;
}
