/** The end of a shift: everything sent, half-done forms gone, locked. */

import type { FieldClient } from "../contract";
import { useAttempt } from "./attempt";
import { useClient } from "./hooks";
import { Button, Notice, Problem } from "./parts";
import { Screen } from "./screen";
import { Export } from "./settings";
import { syncWords } from "./syncing";
import { say } from "./words";

interface EndingProps {
  client: FieldClient;
  /** It is over: everything is sent, and the phone is locked. */
  onEnded(): void;
}

export function Ending({ client, onEnded }: EndingProps) {
  useClient(client);
  const attempt = useAttempt();
  const status = client.status();
  const waits = status.waiting + status.undoable;
  const end = () => attempt.run(() => client.endShift().then(onEnded));
  return (
    <Screen
      title={say("ending.title")}
      bottom={
        <Button kind="main" off={attempt.running} onPress={end}>
          {say(waits > 0 ? "ending.send_and_end" : "ending.end")}
        </Button>
      }
    >
      <p class="title number" role="status">
        {syncWords(status)}
      </p>
      <ol class="steps">
        <li>{waits > 0 ? say("ending.step_send", { n: waits }) : say("ending.nothing_waits")}</li>
        <li>{say("ending.step_drafts")}</li>
        <li>{say("ending.step_lock")}</li>
      </ol>
      <Problem words={attempt.problem} />
      {attempt.problem && (
        <>
          <Notice>{say("ending.not_sent")}</Notice>
          <Export client={client} />
        </>
      )}
    </Screen>
  );
}
