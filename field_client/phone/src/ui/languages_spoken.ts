/** Languages that residents of a force may prefer, by the codes that an event carries. */

/** The most spoken in England and Wales (census of 2021) and those of recent arrivals. */
const CODES =
  "ar bg bn ckb cs cy en es fa fr gu hi hu it lt lv pa pl ps pt ro ru sk so sq ta ti tr uk ur vi yue zh";

const names = new Intl.DisplayNames("en-GB", { type: "language", fallback: "code" });

/** The English name of a language, such as "Polish"; the code itself where it has none. */
export function nameOfLanguage(code: string): string {
  try {
    return names.of(code) ?? code;
  } catch {
    return code;
  }
}

/** The codes, by their English names. */
export const SPOKEN_HERE: readonly string[] = CODES.split(" ").sort((a, b) =>
  nameOfLanguage(a).localeCompare(nameOfLanguage(b), "en"),
);
