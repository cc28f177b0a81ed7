/** One question of a questionnaire, as a resident reads it. */

import type { Key } from "../languages";
import type { Say } from "../languages/messages";
import type { Question, Questionnaire } from "../protocol/types";
import { type Fault, type Given, mostOf, tapped, textIn } from "./asking";
import { LIMITS, lengthOf } from "./forms";
import { Icon } from "./icons";

interface Props {
  document: Questionnaire;
  question: Question;
  given: Given;
  say: Say<Key>;
  fault: Fault | null;
  onAnswer(given: Given): void;
}

/** Below this many characters left, they are counted. */
const FEW_LEFT = 200;

export function QuestionView(props: Props) {
  return props.question.kind === "text" ? <Words {...props} /> : <Choices {...props} />;
}

function Choices({ document, question, given, say, fault, onAnswer }: Props) {
  const chosen = given.choices[question.code] ?? [];
  const text = textIn(question.text, say.language, document);
  const several = question.kind === "many";
  const tap = (code: string) =>
    onAnswer({ ...given, choices: { ...given.choices, [question.code]: tapped(question, chosen, code) } });
  return (
    <fieldset class="choices asked" aria-describedby={fault ? "hint wrong" : "hint"}>
      <legend lang={text.language}>{text.text}</legend>
      <p class="hint" id="hint">
        {howMany(question, say)}
      </p>
      {fault && <Wrong>{faultWords(question, fault, say)}</Wrong>}
      <div class="rows">
        {(question.choices ?? []).map((choice) => {
          const label = textIn(choice.label, say.language, document);
          return (
            <label class="choice" key={choice.code}>
              <input
                type={several ? "checkbox" : "radio"}
                autocomplete="off"
                name={question.code}
                checked={chosen.includes(choice.code)}
                onChange={() => tap(choice.code)}
              />
              <span class="grow" lang={label.language}>
                {label.text}
              </span>
            </label>
          );
        })}
      </div>
    </fieldset>
  );
}

function Words({ document, question, given, say, fault, onAnswer }: Props) {
  const written = given.texts[question.code] ?? "";
  const text = textIn(question.text, say.language, document);
  const left = LIMITS.answer - lengthOf(written);
  return (
    <div class="field asked">
      <label for="written" lang={text.language}>
        {text.text}
      </label>
      <p class="hint" id="hint">
        {say("survey.no_names")}
      </p>
      {fault && <Wrong>{faultWords(question, fault, say)}</Wrong>}
      <textarea
        class="input"
        id="written"
        autocomplete="off"
        rows={6}
        value={written}
        aria-invalid={fault !== null}
        aria-describedby={fault ? "hint wrong" : "hint"}
        onInput={(event) =>
          onAnswer({ ...given, texts: { ...given.texts, [question.code]: event.currentTarget.value } })
        }
      />
      {left >= 0 && left < FEW_LEFT && <p class="hint">{say("survey.left", { n: left })}</p>}
    </div>
  );
}

function Wrong({ children }: { children: string }) {
  return (
    <p class="wrong" id="wrong" role="alert">
      <Icon sign="warning" />
      {children}
    </p>
  );
}

function howMany(question: Question, say: Say<Key>): string {
  const most = mostOf(question);
  const how =
    question.kind !== "many"
      ? say("survey.single")
      : most > 0
        ? say("survey.at_most", { n: most })
        : say("survey.several");
  return question.required ? how : `${how} ${say("survey.optional")}`;
}

function faultWords(question: Question, fault: Fault, say: Say<Key>): string {
  if (fault === "too_many") return say("survey.at_most", { n: mostOf(question) });
  return say(`survey.${fault}`);
}
