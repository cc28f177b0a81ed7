/** After saving: it is safe, and nobody can read it here any more. */

import type { ComponentChildren } from "preact";
import { tell } from "./conversation_words";
import { Button, Notice } from "./parts";
import { Screen } from "./screen";
import type { Speaking } from "./speaking";

interface Props {
  /** Thanks in the resident's language, where they have just answered. */
  thanks?: Speaking["say"];
  onDone(): void;
  /** Where to go on instead. */
  children?: ComponentChildren;
}

export function Saved({ thanks, onDone, children }: Props) {
  const bottom = (
    <>
      {children}
      <Button kind="main" onPress={onDone}>
        {tell("saved.done")}
      </Button>
    </>
  );
  return (
    <Screen step title={tell("saved.title")} bottom={bottom}>
      {thanks && (
        <p class="shown" lang={thanks.language}>
          {thanks("survey.thanks")}
        </p>
      )}
      <Notice kind="good">{tell("saved.sealed")}</Notice>
    </Screen>
  );
}
