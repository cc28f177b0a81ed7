import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { Question, Questionnaire } from "../src/protocol/types";
import {
  after,
  answerProblems,
  answersOf,
  before,
  faultOf,
  type Given,
  isAnswered,
  placeOf,
  tapped,
  textIn,
  topicsOf,
} from "../src/ui/asking";

/** The questionnaire that the service starts with. */
const DOORSTEP: Questionnaire = JSON.parse(
  readFileSync(new URL("../../../server/surveys/doorstep.json", import.meta.url), "utf8"),
);
const question = (code: string): Question => DOORSTEP.questions.find((one) => one.code === code) as Question;
const given = (choices: Record<string, string[]> = {}, texts: Record<string, string> = {}): Given => ({
  choices,
  texts,
});

describe("the way through a questionnaire", () => {
  it("skips what the answers so far rule out, forward and back", () => {
    const nothingWrong = given({ concerns: ["none"] });
    expect(after(DOORSTEP, nothingWrong, "concerns")?.code).toBe("confidence");
    expect(before(DOORSTEP, nothingWrong, "confidence")?.code).toBe("concerns");
    expect(after(DOORSTEP, given({ concerns: ["noise"] }), "concerns")?.code).toBe("worst");
  });

  it("begins with the first question and ends after the last", () => {
    expect(after(DOORSTEP, given(), "")?.code).toBe("safe_day");
    expect(before(DOORSTEP, given(), "safe_day")).toBeNull();
    expect(after(DOORSTEP, given(), "first_thing")).toBeNull();
  });

  it("counts what may still be asked, and never more later than it said before", () => {
    expect(placeOf(DOORSTEP, given(), "safe_day")).toEqual({ number: 1, total: 9 });
    expect(placeOf(DOORSTEP, given({ concerns: ["burglary"] }), "concerns").total).toBe(9);
    expect(placeOf(DOORSTEP, given({ concerns: ["burglary"] }), "worst")).toEqual({ number: 4, total: 8 });
    expect(placeOf(DOORSTEP, given({ concerns: ["none"] }), "confidence")).toEqual({ number: 4, total: 6 });
  });
});

describe("a tap on a choice", () => {
  it("takes the place of the other at a question for one answer", () => {
    expect(tapped(question("seen"), ["weekly"], "never")).toEqual(["never"]);
  });

  it("adds to the others, or takes itself away, at a question for several", () => {
    expect(tapped(question("concerns"), ["noise"], "litter")).toEqual(["noise", "litter"]);
    expect(tapped(question("concerns"), ["noise", "litter"], "noise")).toEqual(["litter"]);
  });

  it("clears the others where it stands alone, and is cleared by them", () => {
    expect(tapped(question("concerns"), ["noise", "litter"], "none")).toEqual(["none"]);
    expect(tapped(question("concerns"), ["none"], "noise")).toEqual(["noise"]);
  });
});

describe("an answer", () => {
  it("is asked for where the question needs one", () => {
    expect(faultOf(question("concerns"), given())).toBe("missing");
    expect(faultOf(question("safe_day"), given())).toBeNull();
  });

  it("is refused past the most choices, past the longest text, and with what cannot be sent", () => {
    expect(faultOf(question("concerns"), given({ concerns: ["noise", "litter", "asb", "fraud"] }))).toBe(
      "too_many",
    );
    const said = (text: string) => faultOf(question("first_thing"), given({}, { first_thing: text }));
    expect(said("😀".repeat(2000))).toBeNull();
    expect(said("😀".repeat(2001))).toBe("too_long");
    expect(said("a\0b")).toBe("unsendable");
  });

  it("of spaces is none", () => {
    expect(isAnswered(question("first_thing"), given({}, { first_thing: "  " }))).toBe(false);
  });
});

describe("the answers recorded", () => {
  it("leave out those to questions that are no longer asked, so that the service counts them", () => {
    const changed = given(
      { concerns: ["none"], worst: ["noise"], seen: ["never"] },
      { first_thing: " Lights. " },
    );
    const answers = answersOf(DOORSTEP, changed, "");
    expect(answers).toEqual({
      questionnaire: "doorstep",
      version: 1,
      choices: { concerns: ["none"], seen: ["never"] },
      texts: { first_thing: "Lights." },
    });
    expect(answers && answerProblems(DOORSTEP, answers)).toEqual([]);
  });

  it("name the registration of who answered, and are none at all where nothing was said", () => {
    expect(answersOf(DOORSTEP, given({ seen: ["never"] }), "an-id")?.registration).toBe("an-id");
    expect(answersOf(DOORSTEP, given({ seen: [] }, { first_thing: " " }), "an-id")).toBeNull();
  });
});

it("reads a text in the language chosen, or in the questionnaire's first", () => {
  expect(textIn({ en: "Noise", pl: "Hałas" }, "pl", DOORSTEP)).toEqual({ text: "Hałas", language: "pl" });
  expect(textIn({ en: "Noise" }, "pl", DOORSTEP)).toEqual({ text: "Noise", language: "en" });
});

it("offers as interests what the surveys ask about, but for what names nothing", () => {
  const topics = topicsOf([DOORSTEP, DOORSTEP]);
  expect(topics).toContain("Noise");
  expect(topics).toHaveLength(12);
  expect(topics).not.toContain("None of these");
  expect(topics).not.toContain("Something else");
});
