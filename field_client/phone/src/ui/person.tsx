/** Who registers: the name, how to reach them, and in which language. */

import { tell } from "./conversation_words";
import { Field } from "./fields";
import type { FieldFault } from "./forms";
import { nameOfLanguage, SPOKEN_HERE } from "./languages_spoken";
import { DraftNotice } from "./leave";
import { Button } from "./parts";
import { STEPS, type Step, type StepProps } from "./registering";
import { Screen } from "./screen";
import { Select } from "./select";

export function Person({ client, registering, address }: StepProps & { address: string }) {
  const { form, change } = registering;
  const bottom = (
    <Button kind="main" onPress={registering.next}>
      {tell("register.next")}
    </Button>
  );
  return (
    <Screen step title={tell("register.person")} bottom={bottom}>
      <StepCount step="person" />
      <DraftNotice draft={registering.draft} client={client} />
      <p>{tell("register.address", { address })}</p>
      <Field
        label={tell("register.name")}
        wrong={wrong(registering.faultOf("name"))}
        value={form.name}
        autocapitalize="words"
        onValue={(name) => change({ name })}
      />
      <Field
        label={tell("register.email")}
        hint={tell("register.optional")}
        wrong={wrong(registering.faultOf("email"))}
        value={form.email}
        kind="email"
        inputMode="email"
        autocapitalize="none"
        onValue={(email) => change({ email })}
      />
      <Field
        label={tell("register.phone")}
        hint={tell("register.optional")}
        wrong={wrong(registering.faultOf("phone"))}
        value={form.phone}
        kind="tel"
        onValue={(phone) => change({ phone })}
      />
      <Select
        label={tell("register.language")}
        options={[
          { value: "", label: tell("register.language_none") },
          ...SPOKEN_HERE.map((code) => ({ value: code, label: nameOfLanguage(code) })),
        ]}
        value={form.language}
        onValue={(language) => change({ language })}
      />
    </Screen>
  );
}

export function StepCount({ step }: { step: Step }) {
  return (
    <p class="soft small">
      {tell("register.step", { number: STEPS.indexOf(step) + 1, total: STEPS.length })}
    </p>
  );
}

export function wrong(rule: FieldFault["rule"] | null): string {
  return rule && rule !== "unanswered" ? tell(`register.wrong.${rule}`) : "";
}
