/** What a resident wants to hear about, by taps on what the list's surveys ask about or in words; and their groups. */

import type { Questionnaire } from "../protocol/types";
import { topicsOf } from "./asking";
import { Field } from "./fields";
import { Icon } from "./icons";
import { RegisterStep, wrong } from "./register_step";
import type { StepProps } from "./registering";
import "./resident.css";
import { tell } from "./conversation_words";

export function Interests({
  questionnaires,
  ...step
}: StepProps & { questionnaires: readonly Questionnaire[] }) {
  const { registering } = step;
  const { form, change } = registering;
  const topics = topicsOf(questionnaires);
  return (
    <RegisterStep {...step} title={tell("register.interests_title")}>
      {topics.length > 0 && (
        <>
          <h2 class="title">{tell("register.interests")}</h2>
          <Taps topics={topics} chosen={form.interests} onChange={(interests) => change({ interests })} />
        </>
      )}
      <Field
        label={tell(topics.length > 0 ? "register.interests_other" : "register.interests")}
        hint={tell("register.commas")}
        wrong={wrong(registering.faultOf("interests"))}
        value={form.otherInterests}
        onValue={(otherInterests) => change({ otherInterests })}
      />
      <Field
        label={tell("register.groups")}
        hint={tell("register.groups_hint")}
        wrong={wrong(registering.faultOf("groups"))}
        value={form.groups}
        onValue={(groups) => change({ groups })}
      />
    </RegisterStep>
  );
}

interface TapsProps {
  topics: readonly string[];
  chosen: readonly string[];
  onChange(chosen: string[]): void;
}

function Taps({ topics, chosen, onChange }: TapsProps) {
  const tap = (topic: string) =>
    onChange(chosen.includes(topic) ? chosen.filter((one) => one !== topic) : [...chosen, topic]);
  return (
    <ul class="taps">
      {topics.map((topic) => (
        <li key={topic}>
          <button type="button" class="tap" aria-pressed={chosen.includes(topic)} onClick={() => tap(topic)}>
            <Icon sign={chosen.includes(topic) ? "check" : "plus"} size={18} />
            {topic}
          </button>
        </li>
      ))}
    </ul>
  );
}
