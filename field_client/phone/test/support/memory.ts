/** Looking for what is still in memory. */

/** Every text that can be reached from an object. */
export function textsIn(root: unknown): string {
  const seen = new Set<unknown>();
  const texts: string[] = [];
  const waiting = [root];
  while (waiting.length > 0) {
    const value = waiting.pop();
    if (typeof value === "string") {
      texts.push(value);
    } else if (typeof value === "object" && value !== null && !seen.has(value)) {
      seen.add(value);
      waiting.push(...Object.values(value), ...(value instanceof Map ? [...value].flat() : []));
    }
  }
  return texts.join("\n");
}
