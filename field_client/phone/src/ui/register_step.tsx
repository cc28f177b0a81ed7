/** The frame of one step of a registration. */

import type { ComponentChildren } from "preact";
import { tell } from "./conversation_words";
import type { FieldFault } from "./forms";
import { DraftNotice } from "./leave";
import { Button } from "./parts";
import { STEPS, type StepProps } from "./registering";
import { Screen } from "./screen";

interface Props extends StepProps {
  title: string;
  /** Left out: the button to the next step. */
  bottom?: ComponentChildren;
  children: ComponentChildren;
}

export function RegisterStep({ client, registering, title, bottom, children }: Props) {
  const number = STEPS.indexOf(registering.step) + 1;
  const next = (
    <Button kind="main" onPress={registering.next}>
      {tell("register.next")}
    </Button>
  );
  return (
    <Screen step title={title} bottom={bottom ?? next}>
      <p class="soft small">{tell("register.step", { number, total: STEPS.length })}</p>
      <DraftNotice draft={registering.draft} client={client} />
      {children}
    </Screen>
  );
}

/** The sentence of a fault of the officer's fields; "" where there is none. */
export function wrong(rule: FieldFault["rule"] | null): string {
  return rule && rule !== "unanswered" ? tell(`register.wrong.${rule}`) : "";
}
