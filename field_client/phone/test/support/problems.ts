/** Asking a promise for the problem that it fails with. */

import { FieldProblem } from "../../src/contract";

/** The FieldProblem that a promise fails with. */
export async function problemOf(work: Promise<unknown>): Promise<FieldProblem> {
  const told = await work.then(
    () => null,
    (error: unknown) => error,
  );
  if (!(told instanceof FieldProblem)) {
    throw told ?? new Error("It did not fail.");
  }
  return told;
}
