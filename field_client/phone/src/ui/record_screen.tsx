/** The frame of what is told at a door before it is recorded: whose door it is, and the button that records. */

import type { ComponentChildren } from "preact";
import type { HouseView } from "../contract";
import { fullAddress } from "./address";
import type { Attempt } from "./attempt";
import { Button, Problem } from "./parts";
import { Screen } from "./screen";
import { say } from "./words";

interface Props {
  title: string;
  view: HouseView;
  attempt: Attempt;
  onRecord(): void;
  children?: ComponentChildren;
}

export function RecordScreen({ title, view, attempt, onRecord, children }: Props) {
  return (
    <Screen
      title={title}
      bottom={
        <>
          <Problem words={attempt.problem} />
          <Button kind="main" off={attempt.running} onPress={onRecord}>
            {say("ask.record")}
          </Button>
        </>
      }
    >
      <p class="soft">{fullAddress(view.street.name, view.house.address)}</p>
      {children}
    </Screen>
  );
}
