/** Opening one's own store; and what a locked one can do all the same: send what waits. */

import { useEffect, useRef, useState } from "preact/hooks";
import { type DeviceSummary, type FieldClient, FieldProblem, type Phone } from "../contract";
import { useAttempt } from "./attempt";
import { Passphrase } from "./fields";
import { LockedSync } from "./locked_sync";
import { Button, Notice, Problem } from "./parts";
import { Screen } from "./screen";
import { say } from "./words";

/** From this many wrong tries on, the officer is told what the tenth does. */
const WARN_FROM = 5;
const MOST_TRIES = 10;

interface Props {
  phone: Phone;
  device: DeviceSummary;
  onOpen(client: FieldClient): void;
}

export function Unlock({ phone, device, onOpen }: Props) {
  const [passphrase, setPassphrase] = useState("");
  const [tries, setTries] = useState(device.tries);
  const attempt = useAttempt();
  const form = useRef<HTMLFormElement>(null);
  // Where a fingerprint opens it, a keyboard that springs up would be in the way.
  const types = !device.hasFingerprint;
  useEffect(() => {
    if (types) form.current?.querySelector("input")?.focus();
  }, []);

  async function open(ask: () => Promise<FieldClient>): Promise<void> {
    await attempt.run(async () => {
      try {
        onOpen(await ask());
      } catch (error) {
        if (error instanceof FieldProblem && error.code === "wrong_passphrase") setTries(error.tries);
        throw error;
      }
    });
    setPassphrase("");
  }

  function submit(event: Event): void {
    event.preventDefault();
    if (passphrase !== "") void open(() => phone.unlock(device.id, passphrase));
  }

  return (
    <Screen title={device.label} keepFocus={types}>
      <form class="rows" ref={form} onSubmit={submit}>
        <Passphrase label={say("unlock.passphrase")} value={passphrase} onValue={setPassphrase} />
        {tries >= WARN_FROM && tries < MOST_TRIES ? (
          <Notice kind="danger" title={say("unlock.tries", { n: tries })} alert>
            <p>{attempt.problem || say("unlock.wipes")}</p>
          </Notice>
        ) : (
          <Problem words={attempt.problem} />
        )}
        <Button kind="main" sign="lock" submit off={attempt.running}>
          {say(attempt.running ? "unlock.running" : "unlock.do")}
        </Button>
        {device.hasFingerprint && (
          <Button
            sign="finger"
            off={attempt.running}
            onPress={() => void open(() => phone.unlockWithFingerprint(device.id))}
          >
            {say("unlock.fingerprint")}
          </Button>
        )}
      </form>
      <LockedSync phone={phone} device={device} />
    </Screen>
  );
}
