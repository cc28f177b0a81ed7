/** An address as it is looked for on its street: what stands on the door large, the rest small. Pure. */

export interface Said {
  /** What stands on the door: "12", "Flat 3", "Rose Cottage". */
  lead: string;
  /** What else tells it from others: "Lantern Court, 12", "Rose Cottage". */
  rest: string;
}

export type Side = "odd" | "even" | "";

/** `isFlat`: the door is one of several in a building, and its own name says more than the building's number. */
export function saidOn(street: string, address: string, isFlat: boolean): Said {
  const parts = address.split(", ");
  const last = withoutStreet(street, parts[parts.length - 1] ?? "");
  if (parts.length === 1) return { lead: last || address, rest: "" };
  const [first = "", ...others] = parts;
  if (isFlat || !/^\d/.test(last)) return { lead: first, rest: others.join(", ") };
  return { lead: last, rest: parts.slice(0, -1).join(", ") };
}

/** The side of the street by the number at it; "" where there is none. */
export function sideOf(street: string, address: string): Side {
  const number = /^(\d+)/.exec(withoutStreet(street, address.split(", ").at(-1) ?? ""))?.[1];
  if (number === undefined) return "";
  return Number(number) % 2 === 1 ? "odd" : "even";
}

/** The address with its street, where the address leaves it out. */
export function fullAddress(street: string, address: string): string {
  return address.toLowerCase().includes(street.toLowerCase()) ? address : `${address} ${street}`.trim();
}

function withoutStreet(street: string, part: string): string {
  const ends = street !== "" && part.toLowerCase().endsWith(street.toLowerCase());
  return ends ? part.slice(0, part.length - street.length).trim() : part;
}
