/** The guide for new officers: five steps, one screen each. That it was read to the end is told to the service. */

import type { ComponentChildren } from "preact";
import { useRef, useState } from "preact/hooks";
import type { FieldClient } from "../contract";
import words from "../languages/guide.json";
import { type KeyOf, sayIn } from "../languages/messages";
import { useAttempt } from "./attempt";
import { Doorstep, Flags, Handing, Shift, Taps } from "./guide/drawings";
import { Button, Notice, Problem } from "./parts";
import { Screen } from "./screen";
import { useBack } from "./way";
import "./guide.css";

const say = sayIn<KeyOf<typeof words>>("en-GB", words);

interface Step {
  title: string;
  drawing: () => ComponentChildren;
  body: string[];
}

const STEPS: readonly Step[] = [
  {
    title: say("lists.title"),
    drawing: Flags,
    body: [say("lists.body1"), say("lists.body2"), say("lists.body3")],
  },
  {
    title: say("hazards.title"),
    drawing: Doorstep,
    body: [say("hazards.body1"), say("hazards.body2"), say("hazards.body3")],
  },
  {
    title: say("taps.title"),
    drawing: Taps,
    body: [say("taps.body1"), say("taps.body2"), say("taps.body3")],
  },
  {
    title: say("register.title"),
    drawing: Handing,
    body: [say("register.body1"), say("register.body2"), say("register.body3")],
  },
  {
    title: say("shift.title"),
    drawing: Shift,
    body: [say("shift.body1"), say("shift.body2"), say("shift.body3")],
  },
];

interface Props {
  client: FieldClient;
  onDone(): void;
}

export function Guide({ client, onDone }: Props) {
  const [at, setAt] = useState(0);
  const finishing = useAttempt();
  const isLast = at === STEPS.length - 1;
  const isRead = useRef(false);
  const back = () => setAt(Math.max(at - 1, 0));
  useBack(at > 0, () => {
    if (isRead.current) return false;
    back();
    return true;
  });

  async function finish(): Promise<void> {
    isRead.current = await finishing.run(() => client.markGuideDone());
    if (isRead.current) onDone();
  }

  const { title, drawing, body } = STEPS[at] as Step;
  return (
    <Screen
      key={at}
      step
      title={title}
      {...(at > 0 && { back })}
      under={<Progress at={at} />}
      bottom={
        isLast ? (
          <Button kind="main" sign="check" off={finishing.running} onPress={finish}>
            {say("finish")}
          </Button>
        ) : (
          <Button kind="main" onPress={() => setAt(at + 1)}>
            {say("next")}
          </Button>
        )
      }
    >
      <div class="drawing" aria-hidden="true">
        {drawing()}
      </div>
      {body.map((words) => (
        <p key={words} class="guide-words">
          {words}
        </p>
      ))}
      {isLast && client.practice && <Notice>{say("practising")}</Notice>}
      <Problem words={finishing.problem} />
    </Screen>
  );
}

function Progress({ at }: { at: number }) {
  const words = say("progress", { step: at + 1, of: STEPS.length });
  return (
    <div class="guide-progress">
      <p class="soft small">{words}</p>
      <progress aria-label={words} value={at + 1} max={STEPS.length} />
    </div>
  );
}
