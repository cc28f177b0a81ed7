/** Passphrase, fingerprint, the time after which it locks, and the export of what will not go. */

import { useState } from "preact/hooks";
import type { FieldClient, Phone } from "../contract";
import { useAttempt } from "./attempt";
import { download } from "./download";
import { Passphrase, Select } from "./fields";
import { useClient, usePromised } from "./hooks";
import { Button, Notice, Problem, Section } from "./parts";
import { Screen } from "./screen";
import { say } from "./words";

const LOCK_MINUTES = [1, 2, 5, 10, 20, 30];

interface SettingsProps {
  client: FieldClient;
  phone: Phone;
}

export function Settings({ client, phone }: SettingsProps) {
  useClient(client);
  return (
    <Screen title={say("settings.title")}>
      <AutoLock client={client} />
      <Fingerprint client={client} />
      <ChangePassphrase client={client} phone={phone} />
      <Export client={client} />
    </Screen>
  );
}

function AutoLock({ client }: { client: FieldClient }) {
  const attempt = useAttempt();
  const minutes = client.autoLockMinutes();
  const choices = [...new Set([...LOCK_MINUTES, minutes])].sort((a, b) => a - b);
  return (
    <>
      <Select
        label={say("settings.lock_after")}
        hint={say("settings.lock_after_hint")}
        value={String(minutes)}
        options={choices.map((n) => ({ value: String(n), label: say("minutes", { n }) }))}
        onValue={(value) => attempt.run(() => client.setAutoLockMinutes(Number(value)))}
      />
      <Problem words={attempt.problem} />
    </>
  );
}

function Fingerprint({ client }: { client: FieldClient }) {
  const attempt = useAttempt();
  const [added, setAdded] = useState(false);
  const can = usePromised(() => client.canAddFingerprint(), [client]);
  if (!can) return null;
  const add = async () => setAdded(await attempt.run(() => client.addFingerprint()));
  return (
    <Section title={say("settings.finger")}>
      <p>{say("settings.finger_what")}</p>
      <Problem words={attempt.problem} />
      {added ? (
        <Notice kind="good" alert>
          {say("settings.finger_added")}
        </Notice>
      ) : (
        <Button sign="finger" off={attempt.running} onPress={add}>
          {say("settings.finger_add")}
        </Button>
      )}
    </Section>
  );
}

function ChangePassphrase({ client, phone }: SettingsProps) {
  const [was, setWas] = useState("");
  const [is, setIs] = useState("");
  const [done, setDone] = useState(false);
  const attempt = useAttempt();
  const advice = is ? phone.advise(is) : null;

  async function change(event: Event): Promise<void> {
    event.preventDefault();
    if (!advice?.accepted) return;
    setDone(false);
    if (!(await attempt.run(() => client.changePassphrase(was, is)))) return;
    setWas("");
    setIs("");
    setDone(true);
  }

  return (
    <Section title={say("settings.passphrase")}>
      <form class="rows" onSubmit={change}>
        <Passphrase label={say("settings.passphrase_was")} value={was} onValue={setWas} />
        <Passphrase
          label={say("settings.passphrase_is")}
          hint={advice?.words ?? say("settings.passphrase_rules")}
          value={is}
          onValue={setIs}
          isNew
        />
        <Problem words={attempt.problem} />
        {done && (
          <Notice kind="good" alert>
            {say("settings.passphrase_done")}
          </Notice>
        )}
        <Button submit off={attempt.running || !was || !advice?.accepted}>
          {say("settings.passphrase_change")}
        </Button>
      </form>
    </Section>
  );
}

/** The file for a supervisor. What is in it stays in the outbox: a file is no receipt. */
export function Export({ client }: { client: FieldClient }) {
  const attempt = useAttempt();
  const [events, setEvents] = useState<number | null>(null);
  const save = () =>
    attempt.run(async () => {
      const file = await client.exportOutbox();
      download(file);
      setEvents(file.events);
    });
  return (
    <Section title={say("export.title")}>
      <p>{say("export.what")}</p>
      <Problem words={attempt.problem} />
      {events !== null && (
        <Notice kind="good" alert>
          {say("export.done", { n: events })}
        </Notice>
      )}
      <Button off={attempt.running} onPress={save}>
        {say("export.do")}
      </Button>
    </Section>
  );
}
