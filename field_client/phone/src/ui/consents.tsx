/** What a resident agrees to, purpose by purpose, in the wording of the list: read out or read, and nothing chosen before. */

import type { CampaignCard } from "../protocol/types";
import { tell } from "./conversation_words";
import { Radios } from "./fields";
import { hasNoContact, purposesOf, type Wording, wordingOf } from "./forms";
import { Button, Notice } from "./parts";
import { RegisterStep } from "./register_step";
import type { StepProps } from "./registering";
import { LanguageSwitch, type Speaking } from "./speaking";

interface Props extends StepProps {
  campaign: CampaignCard;
  speaking: Speaking;
}

export function Consents({ campaign, speaking, ...step }: Props) {
  const { say } = speaking;
  const { registering } = step;
  const { form } = registering;
  const offered = ["en", ...Object.keys(campaign.translations ?? {})];
  return (
    <RegisterStep {...step} title={tell("register.consents")}>
      <p>{tell("register.read_out")}</p>
      <LanguageSwitch speaking={speaking} offered={offered} />
      <div class="shown" lang={say.language}>
        <p>{say("consent.intro")}</p>
        {purposesOf(campaign).map((purpose) => (
          <Choice
            key={purpose}
            wording={wordingOf(campaign, purpose, say.language)}
            given={form.consents[purpose]}
            isUnanswered={registering.faultOf(purpose) !== null}
            say={say}
            onChoose={(given) => registering.change({ consents: { ...form.consents, [purpose]: given } })}
          />
        ))}
      </div>
      {hasNoContact(form) && (
        <Notice kind="warn">
          <p>{tell("register.no_contact")}</p>
          <Button onPress={() => registering.to("person")}>{tell("register.add_contact")}</Button>
        </Notice>
      )}
    </RegisterStep>
  );
}

interface ChoiceProps {
  wording: Wording;
  /** Undefined until they have chosen. */
  given: boolean | undefined;
  isUnanswered: boolean;
  say: Speaking["say"];
  onChoose(given: boolean): void;
}

function Choice({ wording, given, isUnanswered, say, onChoose }: ChoiceProps) {
  return (
    <Radios
      label={<span lang={wording.language}>{wording.text}</span>}
      wrong={isUnanswered ? say("consent.choose") : ""}
      options={[
        { value: "yes", label: say("consent.yes") },
        { value: "no", label: say("consent.no") },
      ]}
      value={given === undefined ? "" : given ? "yes" : "no"}
      onValue={(value) => onChoose(value === "yes")}
    />
  );
}
