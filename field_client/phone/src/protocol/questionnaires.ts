/** A questionnaire at the door: which questions are asked, and what is wrong with the answers (section 10). */

import type { Answers, Choice, Question, Questionnaire } from "./types";

/** What is wrong with the answer to one question; question "" where it is the answers as a whole. */
export interface AnswerProblem {
  question: string;
  code: string;
  text: string;
}

type Chosen = Readonly<Record<string, readonly string[]>>;

/** The questions that someone with these choices is asked, in order; a skipped question meets no condition. */
export function shown(document: Questionnaire, choices: Chosen): Question[] {
  const seen = new Set<string>();
  return document.questions.filter((question) => {
    const asked = (question.show_if ?? []).every(
      (condition) =>
        seen.has(condition.question) &&
        condition.any_of.some((code) => own(choices, condition.question)?.includes(code)),
    );
    if (asked) seen.add(question.code);
    return asked;
  });
}

/**
 * What does not fit the questionnaire; none when the answers can be counted. An answer to a question that is skipped
 * by its conditions is a problem: it was changed after it was given.
 */
export function problems(document: Questionnaire, answers: Answers): AnswerProblem[] {
  if (answers.questionnaire !== document.code || answers.version !== document.version) {
    const text = "The answers are to another questionnaire or version.";
    return [{ question: "", code: "another_questionnaire", text }];
  }
  const choices = answers.choices ?? {};
  const texts = answers.texts ?? {};
  const asked = new Map(shown(document, choices).map((question) => [question.code, question]));
  const given = new Set([...Object.keys(choices), ...Object.keys(texts)]);
  const notAsked = [...given].filter((code) => !asked.has(code)).sort();
  return [
    ...notAsked.map((question) => ({ question, code: "not_asked", text: "This question was not asked." })),
    ...[...asked.values()].flatMap((question) =>
      answerProblem(question, own(choices, question.code) ?? [], own(texts, question.code) ?? ""),
    ),
  ];
}

/** A member of its own, never one that every object has (a question may be called "constructor"). */
function own<Value>(members: Readonly<Record<string, Value>>, name: string): Value | undefined {
  return Object.hasOwn(members, name) ? members[name] : undefined;
}

/** The first rule that an answer breaks. */
function answerProblem(question: Question, chosen: readonly string[], text: string): AnswerProblem[] {
  const offered = new Map((question.choices ?? []).map((choice) => [choice.code, choice]));
  const inWords = question.kind === "text";
  const limit = question.kind === "many" ? question.most || offered.size : 1;
  const rules: [broken: boolean, code: string, words: string][] = [
    [inWords && chosen.length > 0, "not_a_choice", "This question is answered in words."],
    [!inWords && text !== "", "not_text", "This question is answered by choosing."],
    [
      Boolean(question.required) && chosen.length === 0 && text === "",
      "missing",
      "This question needs an answer.",
    ],
    [new Set(chosen).size !== chosen.length, "twice", "An answer is given twice."],
    [chosen.some((code) => !offered.has(code)), "unknown_choice", "This answer is not one of the choices."],
    [chosen.length > limit, "too_many", `Choose at most ${limit}.`],
    [excludes(offered, chosen), "not_alone", "One of these choices excludes the others."],
  ];
  const first = rules.find(([broken]) => broken);
  return first ? [{ question: question.code, code: first[1], text: first[2] }] : [];
}

function excludes(offered: ReadonlyMap<string, Choice>, chosen: readonly string[]): boolean {
  return chosen.length > 1 && chosen.some((code) => offered.get(code)?.alone);
}
