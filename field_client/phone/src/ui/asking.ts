/** A questionnaire question by question: what is asked next, how far it is, what a tap changes. Pure. */

import { type AnswerProblem, problems, shown } from "../protocol/questionnaires";
import type { Answers, Choice, Question, Questionnaire, Texts } from "../protocol/types";
import { isSendable, LIMITS, lengthOf } from "./forms";

/** The answers so far. Those to questions that are no longer asked stay, in case the officer goes back again. */
export interface Given {
  choices: Record<string, string[]>;
  texts: Record<string, string>;
}

export type Fault = "missing" | "too_many" | "too_long" | "unsendable";

/** The place of a question: `number` of `total`, where the total counts what may still be asked, so it never grows. */
export interface Place {
  number: number;
  total: number;
}

/** A text in a language, or in the questionnaire's first; with the language it is in. */
export function textIn(
  texts: Texts,
  language: string,
  document: Questionnaire,
): { text: string; language: string } {
  const first = document.languages[0] ?? "en";
  return texts[language]
    ? { text: texts[language], language }
    : { text: texts[first] ?? "", language: first };
}

/** The question after `code` ("" for the first), by the answers so far; null where it was the last. */
export function after(document: Questionnaire, given: Given, code: string): Question | null {
  const asked = shown(document, given.choices);
  return asked[asked.findIndex((question) => question.code === code) + 1] ?? null;
}

/** The question before `code`; null where it is the first. */
export function before(document: Questionnaire, given: Given, code: string): Question | null {
  const asked = shown(document, given.choices);
  return asked[asked.findIndex((question) => question.code === code) - 1] ?? null;
}

/** Where a question stands among those that are asked, or may yet be, depending on answers from here on. */
export function placeOf(document: Questionnaire, given: Given, code: string): Place {
  const asked = shown(document, given.choices).map((question) => question.code);
  const at = document.questions.findIndex((question) => question.code === code);
  const open = new Set<string>();
  document.questions.forEach((question, index) => {
    const mayBe =
      index <= at
        ? asked.includes(question.code)
        : (question.show_if ?? []).every((condition) => {
            const source = document.questions.findIndex((one) => one.code === condition.question);
            const chosen = given.choices[condition.question] ?? [];
            const undecided = source >= at && open.has(condition.question);
            const met = open.has(condition.question) && condition.any_of.some((one) => chosen.includes(one));
            return undecided || met;
          });
    if (mayBe) open.add(question.code);
  });
  return { number: asked.indexOf(code) + 1, total: open.size };
}

/** How many choices a question takes at most; 0 for as many as there are. */
export function mostOf(question: Question): number {
  if (question.kind !== "many") return 1;
  const most = question.most ?? 0;
  return most < (question.choices ?? []).length ? most : 0;
}

/** The choices after a tap on one: another at a question that takes several, instead of the others where it stands alone. */
export function tapped(question: Question, chosen: readonly string[], code: string): string[] {
  if (question.kind !== "many") return [code];
  if (chosen.includes(code)) return chosen.filter((one) => one !== code);
  const alone = (one: string) => choiceOf(question, one)?.alone === true;
  return alone(code) ? [code] : [...chosen.filter((one) => !alone(one)), code];
}

/** What keeps this answer from being taken; null where nothing does. */
export function faultOf(question: Question, given: Given): Fault | null {
  const chosen = given.choices[question.code] ?? [];
  const text = (given.texts[question.code] ?? "").trim();
  const most = mostOf(question);
  if (!isSendable(text)) return "unsendable";
  if (lengthOf(text) > LIMITS.answer) return "too_long";
  if (most > 0 && chosen.length > most) return "too_many";
  return question.required && chosen.length === 0 && text === "" ? "missing" : null;
}

export function isAnswered(question: Question, given: Given): boolean {
  return (given.choices[question.code] ?? []).length > 0 || (given.texts[question.code] ?? "").trim() !== "";
}

/** The answers to what was asked, as they are recorded; null where there is not one. */
export function answersOf(document: Questionnaire, given: Given, registration: string): Answers | null {
  const asked = shown(document, given.choices).map((question) => question.code);
  const choices = pick(given.choices, asked, (chosen) => chosen.length > 0);
  const texts = pick(trimmed(given.texts), asked, (text) => text !== "");
  if (Object.keys(choices).length + Object.keys(texts).length === 0) return null;
  return {
    questionnaire: document.code,
    version: document.version,
    ...(Object.keys(choices).length > 0 && { choices }),
    ...(Object.keys(texts).length > 0 && { texts }),
    ...(registration !== "" && { registration }),
  };
}

/** What the service would hold of these answers, question by question. */
export function answerProblems(document: Questionnaire, answers: Answers): AnswerProblem[] {
  return problems(document, answers);
}

function choiceOf(question: Question, code: string): Choice | undefined {
  return question.choices?.find((choice) => choice.code === code);
}

function trimmed(texts: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(texts).map(([code, text]) => [code, text.trim()]));
}

function pick<V>(
  from: Readonly<Record<string, V>>,
  codes: readonly string[],
  keep: (value: V) => boolean,
): Record<string, V> {
  return Object.fromEntries(
    Object.entries(from).filter(([code, value]) => codes.includes(code) && keep(value)),
  );
}

/** What the questionnaires ask about as concerns, in their own first language: interests to choose from. */
export function topicsOf(documents: readonly Questionnaire[]): string[] {
  const found = documents.flatMap((document) =>
    document.questions
      .filter((question) => question.topic === "concern")
      .flatMap((question) => question.choices ?? [])
      .filter((choice) => !choice.alone && choice.code !== "other")
      .map((choice) => choice.label[document.languages[0] ?? "en"] ?? ""),
  );
  return [...new Set(found)].filter((label) => label !== "");
}
