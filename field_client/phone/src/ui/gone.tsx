/** A store whose lists are gone: wiped after wrong tries, reported lost, or its officer has left. What waits can be sent. */

import { useState } from "preact/hooks";
import type { DeviceSummary, Phone } from "../contract";
import { useAttempt } from "./attempt";
import { Confirm } from "./confirm";
import { LockedSync } from "./locked_sync";
import { Button, Notice, Problem } from "./parts";
import { Screen } from "./screen";
import { useWay } from "./way";
import { say } from "./words";

export function Gone({ phone, device }: { phone: Phone; device: DeviceSummary }) {
  const way = useWay();
  const attempt = useAttempt();
  const [asking, ask] = useState(false);
  const state = device.state === "active" ? "wiped" : device.state;

  function remove(): void {
    ask(false);
    void attempt.run(async () => {
      await phone.remove(device.id);
      way.back();
    });
  }

  return (
    <Screen title={device.label}>
      <Notice kind="danger" title={say(`gone.${state}`)}>
        <p>{say(`gone.${state}_words`)}</p>
      </Notice>
      <LockedSync phone={phone} device={device} />
      <Problem words={attempt.problem} />
      {device.waiting === 0 ? (
        <Button kind="danger" off={attempt.running} onPress={() => ask(true)}>
          {say("gone.remove")}
        </Button>
      ) : (
        <p class="soft">{say("gone.not_yet")}</p>
      )}
      {asking && (
        <Confirm
          title={say("gone.remove_title")}
          yes={say("gone.remove")}
          danger
          onYes={remove}
          onNo={() => ask(false)}
        >
          {say("gone.remove_words")}
        </Confirm>
      )}
    </Screen>
  );
}
