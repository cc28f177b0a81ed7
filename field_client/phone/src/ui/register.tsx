/** Registering a resident, step by step: who, what they want to hear about, what they agree to; then sealed and forgotten. */

import { useState } from "preact/hooks";
import type { HouseView, ListInfo } from "../contract";
import { Consents } from "./consents";
import { tell } from "./conversation_words";
import { Finish } from "./finish";
import { isBegun } from "./forms";
import { Handover } from "./handover";
import { Interests } from "./interests";
import { Leave, useLeaving } from "./leave";
import { Button } from "./parts";
import { Person } from "./person";
import { type StepProps, useRegistering } from "./registering";
import type { ResidentProps } from "./resident";
import { Saved } from "./saved";
import { Screen } from "./screen";
import { useSpeaking } from "./speaking";
import { Survey } from "./survey";

/** A form begun is finished under the list as it was then: should it be recalled meanwhile, what is recorded still counts. */
export function Register(props: ResidentProps) {
  const [house] = useState(props.house);
  const [list] = useState(() => props.client.lists().find((one) => one.worklist === house?.key.worklist));
  if (house && list) return <Registration {...props} house={house} list={list} />;
  return (
    <Screen step title={tell("register.person")}>
      <p>{tell("register.no_list")}</p>
    </Screen>
  );
}

type Stage = "steps" | "handover" | "saved" | "survey";
type Props = ResidentProps & { house: HouseView; list: ListInfo };

function Registration({ client, house, list, visit, onDone }: Props) {
  const registering = useRegistering(client, house.key, list.campaign, visit);
  const speaking = useSpeaking(house.state.language);
  const [stage, setStage] = useState<Stage>("steps");
  const [saved, setSaved] = useState({ eventId: "", registration: "" });

  const leaving = useLeaving({
    isOpen: stage === "steps",
    isBegun: isBegun(registering.form),
    stepBack: registering.back,
    onDone,
  });

  async function save(): Promise<void> {
    const done = await registering.save();
    if (!done) return;
    setSaved(done);
    setStage("saved");
  }

  function takeBack(answers: Record<string, string>): void {
    registering.takeAnswers(answers);
    setStage("steps");
  }

  if (stage === "survey") {
    const { language } = speaking.say;
    return <Survey {...{ client, house, language, onDone }} registration={saved.registration} />;
  }
  if (stage === "handover") return <Handover language={speaking.say.language} onDone={takeBack} />;
  if (stage === "saved") {
    const isSurveyed = list.questionnaires.length > 0;
    return (
      <Saved onDone={() => onDone(saved.eventId)}>
        {isSurveyed && (
          <Button sign="survey" onPress={() => setStage("survey")}>
            {tell("saved.survey")}
          </Button>
        )}
        <Button sign="person" onPress={() => setStage("steps")}>
          {tell("saved.again")}
        </Button>
      </Saved>
    );
  }
  const shown: StepProps = { client, registering };
  return (
    <>
      {registering.step === "person" && <Person {...shown} address={house.house.address} />}
      {registering.step === "interests" && <Interests {...shown} questionnaires={list.questionnaires} />}
      {registering.step === "consents" && (
        <Consents {...shown} campaign={list.campaign} speaking={speaking} />
      )}
      {registering.step === "finish" && (
        <Finish {...shown} campaign={list.campaign} onHandOver={() => setStage("handover")} onSave={save} />
      )}
      {leaving.isAsking && (
        <Leave
          title={tell("register.leave")}
          draft={registering.draft}
          recording={registering.recording}
          leaving={leaving}
        />
      )}
    </>
  );
}
