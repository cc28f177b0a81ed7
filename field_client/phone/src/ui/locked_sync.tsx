/** Sending what a locked store holds, or putting it into a file. */

import { useState } from "preact/hooks";
import type { DeviceSummary, Phone } from "../contract";
import { useAttempt } from "./attempt";
import { download } from "./download";
import { Button, Notice, Problem, Section } from "./parts";
import { lockedLine, outcomeWords } from "./sync_words";
import { say } from "./words";

export function LockedSync({ phone, device }: { phone: Phone; device: DeviceSummary }) {
  const attempt = useAttempt();
  const [came, setCame] = useState("");

  function sync(): void {
    setCame("");
    void attempt.run(async () => setCame(outcomeWords(await phone.syncLocked(device.id))));
  }

  function exportFile(): void {
    void attempt.run(async () => download(await phone.exportLocked(device.id)));
  }

  return (
    <Section title={say("locked.title")}>
      <p class="soft number" role="status">
        {attempt.running ? say("locked.running", { n: device.waiting }) : lockedLine(device)}
      </p>
      <Problem words={attempt.problem} />
      {came && <Notice kind="good">{came}</Notice>}
      <Button sign="sync" off={attempt.running} onPress={sync}>
        {say("locked.sync")}
      </Button>
      {device.waiting > 0 && (
        <Button kind="quiet" off={attempt.running} onPress={exportFile}>
          {say("export.do")}
        </Button>
      )}
    </Section>
  );
}
