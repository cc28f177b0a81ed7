/** Who registers: the name, how to reach them, and in which language. */

import { tell } from "./conversation_words";
import { Field, Select } from "./fields";
import { nameOfLanguage, SPOKEN_HERE } from "./languages_spoken";
import { RegisterStep, wrong } from "./register_step";
import type { StepProps } from "./registering";

export function Person({ address, ...step }: StepProps & { address: string }) {
  const { registering } = step;
  const { form, change } = registering;
  return (
    <RegisterStep {...step} title={tell("register.person")}>
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
    </RegisterStep>
  );
}
