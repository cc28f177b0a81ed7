/** The last look before a registration is sealed, and the offer of the questions that are the resident's own to answer. */

import type { CampaignCard } from "../protocol/types";
import { tell } from "./conversation_words";
import { groupsOf, interestsOf, type PersonForm, purposesOf } from "./forms";
import { Button, Problem } from "./parts";
import { RegisterStep } from "./register_step";
import type { StepProps } from "./registering";

interface Props extends StepProps {
  campaign: CampaignCard;
  onHandOver(): void;
  onSave(): void;
}

export function Finish({ campaign, onHandOver, onSave, ...step }: Props) {
  const { registering } = step;
  const { form, demographics, recording } = registering;
  const bottom = (
    <>
      <Problem words={recording.problem} />
      <Button kind="main" sign="lock" off={recording.running} onPress={onSave}>
        {tell("register.save")}
      </Button>
    </>
  );
  return (
    <RegisterStep {...step} title={tell("register.finish")} bottom={bottom}>
      <section class="card">
        <h2>{tell("register.optional_questions")}</h2>
        <p>{tell(demographics ? "register.answered" : "register.ask_them")}</p>
        <Button onPress={onHandOver}>
          {tell(demographics ? "register.ask_again" : "register.hand_over")}
        </Button>
      </section>
      <Summary form={form} campaign={campaign} />
      <p class="soft">{tell("register.sealed_next")}</p>
    </RegisterStep>
  );
}

function Summary({ form, campaign }: { form: PersonForm; campaign: CampaignCard }) {
  const agreed = purposesOf(campaign).filter((purpose) => form.consents[purpose]);
  const rows: [label: string, value: string][] = [
    [tell("register.name"), form.name],
    [tell("register.contact"), [form.email.trim(), form.phone.trim()].filter(Boolean).join(", ")],
    [tell("register.agreed"), agreed.map((purpose) => tell(`register.purpose.${purpose}`)).join(", ")],
    [tell("register.interests_short"), interestsOf(form).join(", ")],
    [tell("register.groups_short"), groupsOf(form).join(", ")],
  ];
  return (
    <dl class="card summary">
      {rows.map(([label, value]) => (
        <div key={label}>
          <dt class="soft small">{label}</dt>
          <dd>{value || tell("register.none")}</dd>
        </div>
      ))}
    </dl>
  );
}
