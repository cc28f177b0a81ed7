/** Any questionnaire of the list, a question a screen, in the resident's language. */

import { useState } from "preact/hooks";
import type { FieldClient, HouseView, ListInfo } from "../contract";
import type { Question, Questionnaire } from "../protocol/types";
import { isAnswered, placeOf, textIn } from "./asking";
import { tell } from "./conversation_words";
import { Radios } from "./fields";
import { DraftNotice, Leave, useLeaving } from "./leave";
import { Button, Problem } from "./parts";
import { QuestionView } from "./question";
import type { ResidentProps } from "./resident";
import { Saved } from "./saved";
import { Screen } from "./screen";
import { LanguageSwitch, type Speaking, SpokenScreen, useSpeaking } from "./speaking";
import { type Surveying, useSurveying } from "./surveying";
import { spokenMoment } from "./times";

interface SurveyProps extends ResidentProps {
  /** The registration of the person who answers, where the officer has just registered them. */
  registration?: string;
  /** The language that was chosen with them; left out: that of the house. */
  language?: string;
}

/** Chooses the questionnaire where the list has several. */
export function Survey(props: SurveyProps) {
  const [house] = useState(props.house);
  const [list] = useState(() => props.client.lists().find((one) => one.worklist === house?.key.worklist));
  const questionnaires = list?.questionnaires ?? [];
  const [chosen, choose] = useState(questionnaires.length === 1 ? 0 : -1);
  const document = questionnaires[chosen];
  if (house && list && document) return <Taking {...props} house={house} list={list} document={document} />;
  return (
    <Screen step title={tell("survey.title")}>
      {questionnaires.length === 0 && <p>{tell("survey.none")}</p>}
      {questionnaires.map((one, index) => (
        <Button key={one.code} onPress={() => choose(index)}>
          {textIn(one.title, "en", one).text}
        </Button>
      ))}
    </Screen>
  );
}

interface Shown {
  client: FieldClient;
  surveying: Surveying;
  speaking: Speaking;
  document: Questionnaire;
}

type TakingProps = SurveyProps & { house: HouseView; list: ListInfo; document: Questionnaire };

function Taking({ client, house, list, document, registration = "", visit, onDone, ...given }: TakingProps) {
  const first = { who: registration, language: given.language ?? house.state.language };
  const surveying = useSurveying(client, house.key, document, first, visit);
  const speaking = useSpeaking(surveying.draft.content.language, (language) =>
    surveying.choose({ language }),
  );
  const [saved, setSaved] = useState("");
  const [isGoing, setGoing] = useState(surveying.draft.takenUpAt === null);

  const leaving = useLeaving({
    isOpen: saved === "",
    isBegun: surveying.isAnswered,
    stepBack: () => isGoing && surveying.back(),
    onDone,
  });

  /** Saves what was answered; where nothing was, there is nothing to save. */
  async function finish(): Promise<void> {
    leaving.stay();
    if (surveying.isAnswered) setSaved(await surveying.save());
    else await surveying.draft.forget().then(() => leaving.leave());
  }

  if (saved) return <Saved thanks={speaking.say} onDone={() => onDone(saved)} />;
  const shown: Shown = { client, surveying, speaking, document };
  return (
    <>
      {isGoing && surveying.question ? (
        <Asking {...shown} question={surveying.question} onFinish={finish} />
      ) : (
        <Beginning {...shown} list={list} house={house} onGo={() => setGoing(true)} />
      )}
      {leaving.isAsking && (
        <Leave
          title={tell("survey.leave")}
          draft={surveying.draft}
          recording={surveying.recording}
          leaving={leaving}
        >
          {surveying.isWhole && <Button onPress={finish}>{tell("survey.save_part")}</Button>}
        </Leave>
      )}
    </>
  );
}

/** Before the first question: in which language, and whose answers they are. */
function Beginning(props: Shown & { list: ListInfo; house: HouseView; onGo(): void }) {
  const { client, surveying, speaking, document, list, house, onGo } = props;
  const { who } = surveying.draft.content;
  const title = textIn(document.title, speaking.say.language, document);
  const at = surveying.question ?? surveying.next;
  const people = registeredHere(client, house, who, list.timeZone);
  const bottom = at && (
    <Button
      kind="main"
      onPress={() => {
        surveying.to(at);
        onGo();
      }}
    >
      {tell(surveying.isAnswered ? "survey.go_on" : "survey.begin")}
    </Button>
  );
  return (
    <Screen key="beginning" step title={tell("survey.title")} bottom={bottom}>
      <DraftNotice draft={surveying.draft} client={client} />
      <LanguageSwitch speaking={speaking} offered={document.languages} />
      <p class="shown" lang={title.language}>
        {title.text}
      </p>
      {people.length > 0 && (
        <Radios
          label={tell("survey.who")}
          hint={tell("survey.who_hint")}
          options={[...people, { value: NOBODY, label: tell("survey.nobody") }]}
          value={who || NOBODY}
          onValue={(value) => surveying.choose({ who: value === NOBODY ? "" : value })}
        />
      )}
    </Screen>
  );
}

const NOBODY = "nobody";

function Asking(props: Shown & { question: Question; onFinish(): void }) {
  const { surveying, speaking, document, question, onFinish } = props;
  const { say } = speaking;
  const { given, next, fault, recording, draft } = surveying;
  const place = placeOf(document, given, question.code);
  const onward = question.required || isAnswered(question, given) ? "survey.next" : "survey.skip";

  function forward(): void {
    if (!surveying.passes()) return;
    if (next) surveying.to(next);
    else onFinish();
  }

  return (
    <SpokenScreen
      key={question.code}
      speaking={speaking}
      offered={document.languages}
      title={say(place.number === place.total ? "survey.progress_last" : "survey.progress", { ...place })}
      bottom={
        <Button kind="main" off={recording.running} onPress={forward}>
          {say(next ? onward : "survey.finish")}
        </Button>
      }
      before={
        <>
          <progress value={place.number} max={place.total} aria-hidden="true" />
          <Problem words={recording.problem || draft.problem} />
        </>
      }
    >
      <QuestionView
        document={document}
        question={question}
        given={given}
        say={say}
        fault={fault}
        onAnswer={surveying.answer}
      />
    </SpokenScreen>
  );
}

/** The people whom this officer registered at the house; `who` is the one who was registered just now, if any. */
function registeredHere(
  client: FieldClient,
  house: HouseView,
  who: string,
  zone: string,
): { value: string; label: string }[] {
  const { now } = client.status();
  const here = client.ownEvents().filter((event) => event.key.uprn === house.key.uprn);
  return here.flatMap((event) =>
    event.registrations.map((id) => {
      const time = spokenMoment(event.at, now, zone);
      const label = id === who ? tell("survey.registered_now") : tell("survey.registered_then", { time });
      return { value: id, label };
    }),
  );
}
