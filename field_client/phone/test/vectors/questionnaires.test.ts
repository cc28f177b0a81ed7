import { expect } from "vitest";
import { problems, shown } from "../../src/protocol/questionnaires";
import { questionnaire } from "../../src/protocol/worklist_body";
import { faults } from "../service/questionnaires";
import { each, load } from "./load";

const document = questionnaire(load("questionnaires").document);

each(
  "questionnaires",
  ({ answers, shown: asked, expect: wanted }) => {
    expect(problems(document, answers)).toEqual(wanted);
    expect(shown(document, answers.choices ?? {}).map((question) => question.code)).toEqual(asked);
  },
  (given) => given.of === "check_answers",
);

each(
  "questionnaires",
  (given) => expect(faults(questionnaire(given.document))).toEqual(given.expect),
  (given) => given.of === "validate",
);
