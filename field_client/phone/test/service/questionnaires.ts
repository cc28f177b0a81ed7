/** The author's half of section 10, for tests: what has to be mended before a questionnaire can be sent. */

import type { Question, Questionnaire } from "../../src/protocol/types";

/** What an author has to mend, a sentence each. */
export function faults(document: Questionnaire): string[] {
  const first = document.languages[0] ?? "";
  const earlier = new Map<string, Set<string>>();
  const wrong = first in document.title ? [] : [`The title has no text in ${first}.`];
  for (const question of document.questions) {
    wrong.push(...questionFaults(question, first, earlier));
    if (earlier.has(question.code)) wrong.push(`The question ${question.code} stands twice.`);
    earlier.set(question.code, new Set((question.choices ?? []).map((choice) => choice.code)));
  }
  if (document.questions.length === 0) wrong.push("It asks nothing.");
  return wrong;
}

function questionFaults(question: Question, first: string, earlier: Map<string, Set<string>>): string[] {
  const { code, kind, choices = [], show_if = [] } = question;
  const codes = choices.map((choice) => choice.code);
  const rules: [boolean, string][] = [
    [!(first in question.text), `The question ${code} has no text in ${first}.`],
    [kind === "text" && codes.length > 0, `The question ${code} is free text and offers choices.`],
    [kind !== "text" && codes.length < 2, `The question ${code} offers fewer than two choices.`],
    [new Set(codes).size !== codes.length, `The question ${code} offers a choice twice.`],
    ...choices.map((choice): [boolean, string] => [
      !(first in choice.label),
      `The choice ${choice.code} of ${code} has no label in ${first}.`,
    ]),
    ...show_if.map((condition): [boolean, string] => [
      condition.any_of.length === 0 ||
        condition.any_of.some((chosen) => !earlier.get(condition.question)?.has(chosen)),
      `The question ${code} depends on a choice that no earlier question offers.`,
    ]),
  ];
  return rules.filter(([broken]) => broken).map(([, words]) => words);
}
