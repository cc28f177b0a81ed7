/**
 * The phone in the resident's hand: optional questions about themselves, and nothing else on the screen. The only way back
 * to the officer's data is that the resident is done and the officer says that they have the phone back.
 */

import { useState } from "preact/hooks";
import type { Key } from "../languages";
import type { Say } from "../languages/messages";
import { DEMOGRAPHICS } from "../protocol/demographics";
import type { Questionnaire } from "../protocol/types";
import { after, before, type Given, isAnswered, placeOf } from "./asking";
import { tell } from "./conversation_words";
import { Button } from "./parts";
import { QuestionView } from "./question";
import { Screen } from "./screen";
import { type Speaking, SpokenScreen, useSpeaking } from "./speaking";
import { useBack } from "./way";

interface Props {
  /** The language to begin in. */
  language: string;
  /** Called by the officer, with the resident's answers: a code for each list that they answered. */
  onDone(answers: Record<string, string>): void;
}

type Stage = "welcome" | "asking" | "thanks";

export function Handover({ language, onDone }: Props) {
  const speaking = useSpeaking(language);
  const [stage, setStage] = useState<Stage>("welcome");
  const [given, setGiven] = useState<Given>({ choices: {}, texts: {} });
  useBack(true, stayHere);
  const done = () => setStage("thanks");
  if (stage === "welcome")
    return <Welcome speaking={speaking} onBegin={() => setStage("asking")} onDone={done} />;
  if (stage === "thanks") return <Thanks speaking={speaking} onBack={() => onDone(answersOf(given))} />;
  return <Asking speaking={speaking} given={given} onAnswer={setGiven} onDone={done} />;
}

/** The phone's own back button leads nowhere while the resident has the phone. */
function stayHere(): boolean {
  return true;
}

function Welcome({ speaking, onBegin, onDone }: { speaking: Speaking; onBegin(): void; onDone(): void }) {
  const { say } = speaking;
  const bottom = (
    <>
      <Button kind="main" onPress={onBegin}>
        {say("continue")}
      </Button>
      <Button onPress={onDone}>{say("handover.done")}</Button>
    </>
  );
  return (
    <SpokenScreen
      key="welcome"
      speaking={speaking}
      title={say("handover.title")}
      back={false}
      bottom={bottom}
    >
      <p>{say("handover.intro")}</p>
      <p>{say("handover.why")}</p>
      <p>{say("handover.private")}</p>
    </SpokenScreen>
  );
}

interface AskingProps {
  speaking: Speaking;
  given: Given;
  onAnswer(given: Given): void;
  onDone(): void;
}

function Asking({ speaking, given, onAnswer, onDone }: AskingProps) {
  const { say } = speaking;
  const document = documentIn(say);
  const [code, setCode] = useState(document.questions[0]?.code);
  const question = document.questions.find((one) => one.code === code);
  if (!question) return null;
  const next = after(document, given, question.code);
  const previous = before(document, given, question.code);
  const bottom = (
    <>
      {next && (
        <Button kind="main" onPress={() => setCode(next.code)}>
          {say(isAnswered(question, given) ? "survey.next" : "survey.skip")}
        </Button>
      )}
      <Button kind={next ? "plain" : "main"} onPress={onDone}>
        {say("handover.done")}
      </Button>
    </>
  );
  return (
    <SpokenScreen
      key={code}
      speaking={speaking}
      title={say("handover.progress", { ...placeOf(document, given, question.code) })}
      back={previous ? () => setCode(previous.code) : false}
      bottom={bottom}
    >
      <QuestionView
        document={document}
        question={question}
        given={given}
        say={say}
        fault={null}
        onAnswer={onAnswer}
      />
    </SpokenScreen>
  );
}

function Thanks({ speaking, onBack }: { speaking: Speaking; onBack(): void }) {
  const { say } = speaking;
  return (
    <Screen
      key="thanks"
      step
      title={say("handover.thanks")}
      lang={say.language}
      back={false}
      bottom={<Button onPress={onBack}>{tell("handover.have_it")}</Button>}
    >
      <p class="title" lang={say.language}>
        {say("handover.back")}
      </p>
    </Screen>
  );
}

/** The lists as a questionnaire in one language; the texts of its questions are in the phone's own message files. */
function documentIn(say: Say<Key>): Questionnaire {
  return {
    code: "demographics",
    version: 1,
    title: {},
    languages: ["en"],
    questions: Object.entries(DEMOGRAPHICS).map(([code, choices]) => ({
      code,
      kind: "one",
      text: { [say.language]: say(`demographics.${code}` as Key) },
      choices: [...choices],
    })),
  };
}

function answersOf(given: Given): Record<string, string> {
  const chosen = Object.entries(given.choices).map(([list, codes]) => [list, codes[0] ?? ""] as const);
  return Object.fromEntries(chosen.filter(([, code]) => code !== ""));
}
