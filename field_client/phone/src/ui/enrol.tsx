/** Making this phone one's own: the coordinator's code, then a passphrase. */

import { useState } from "preact/hooks";
import type { FieldClient, Phone } from "../contract";
import { useAttempt } from "./attempt";
import { Field } from "./fields";
import { loaded } from "./loaded";
import { NewPassphrase } from "./new_passphrase";
import { Button, Notice, Problem } from "./parts";
import { Screen } from "./screen";
import { useBack, useWay } from "./way";
import { say } from "./words";

const Scan = loaded(() => import("./scan").then((module) => module.Scan));

/** Groups of a code, and symbols in each; what stands between them does not count. */
const GROUPS = 8;
const WIDTH = 5;

interface Props {
  phone: Phone;
  /** What a link brought; "" where none did. */
  code: string;
  onOpen(client: FieldClient): void;
}

type Step = "code" | "scan" | "passphrase";

export function Enrol({ phone, code: given, onOpen }: Props) {
  const way = useWay();
  const [code, setCode] = useState(given);
  const [step, go] = useState<Step>(phone.mistyped(given) === 0 ? "passphrase" : "code");
  const toCode = () => {
    if (step === "code") return false;
    go("code");
    return true;
  };
  useBack(step !== "code", toCode);
  const back = () => {
    if (!toCode()) way.back();
  };
  if (step === "scan") {
    const scanned = (text: string) => {
      if (phone.mistyped(text) !== 0) return false;
      setCode(text);
      go("passphrase");
      return true;
    };
    return <Scan onScanned={scanned} onBack={back} />;
  }
  if (step === "passphrase") {
    return <ChoosePassphrase phone={phone} code={code} onBack={back} onOpen={onOpen} />;
  }
  return (
    <TypeCode
      phone={phone}
      code={code}
      onCode={setCode}
      onBack={back}
      onScan={() => go("scan")}
      onNext={() => go("passphrase")}
    />
  );
}

interface CodeProps {
  phone: Phone;
  code: string;
  onCode(code: string): void;
  onBack(): void;
  onScan(): void;
  onNext(): void;
}

function TypeCode({ phone, code, onCode, onBack, onScan, onNext }: CodeProps) {
  const [asked, ask] = useState(false);
  const group = code === "" ? -1 : phone.mistyped(code);
  const wrong = group > 0 ? say("enrol.mistyped", { group }) : group < 0 && asked ? say("enrol.short") : "";

  function next(event: Event): void {
    event.preventDefault();
    ask(true);
    if (group === 0) onNext();
  }

  return (
    <Screen title={say("enrol.title")} back={onBack}>
      <p>{say("enrol.words")}</p>
      <Button kind="main" sign="camera" onPress={onScan}>
        {say("enrol.scan")}
      </Button>
      <form class="rows" onSubmit={next}>
        <Field
          label={say("enrol.code")}
          hint={say("enrol.code_hint")}
          wrong={wrong}
          autocapitalize="characters"
          spellcheck={false}
          maxLength={120}
          value={code}
          onValue={(typed) => onCode(grouped(typed, code))}
        />
        <GroupsTyped code={code} mistyped={group} />
        <Button submit off={group !== 0 && group !== -1}>
          {say("enrol.next")}
        </Button>
      </form>
    </Screen>
  );
}

/** Which of the eight groups are whole, and which one holds the typo. */
function GroupsTyped({ code, mistyped }: { code: string; mistyped: number }) {
  const whole = mistyped === 0 ? GROUPS : Math.floor(symbolsOf(code).length / WIDTH);
  const stateOf = (group: number) => (group === mistyped ? "wrong" : group <= whole ? "right" : "open");
  return (
    <ol class="groups" aria-hidden="true">
      {Array.from({ length: GROUPS }, (_, at) => (
        <li key={at} class={stateOf(at + 1)}>
          {at + 1}
        </li>
      ))}
    </ol>
  );
}

function symbolsOf(code: string): string {
  return code.replace(/[^0-9A-Za-z]/g, "").toUpperCase();
}

/** The code as it is read out, in groups, while it is typed at its end; a link, or a change in the middle, stays as it is. */
function grouped(typed: string, before: string): string {
  if (typed.length < before.length || typed.includes("#") || typed.includes("/")) return typed;
  if (!typed.startsWith(before) && before !== "") return typed;
  return (symbolsOf(typed).match(new RegExp(`.{1,${WIDTH}}`, "g")) ?? []).join("-");
}

interface PassphraseProps {
  phone: Phone;
  code: string;
  onBack(): void;
  onOpen(client: FieldClient): void;
}

function ChoosePassphrase({ phone, code, onBack, onOpen }: PassphraseProps) {
  const [passphrase, setPassphrase] = useState("");
  const [label, setLabel] = useState("");
  const [asked, ask] = useState(false);
  const attempt = useAttempt();

  function enrol(event: Event): void {
    event.preventDefault();
    ask(true);
    if (!phone.advise(passphrase).accepted) return;
    void attempt.run(async () => onOpen(await phone.enrol(code, passphrase, label)));
  }

  return (
    <Screen title={say("enrol.passphrase_title")} back={attempt.running ? false : onBack}>
      <form class="rows spread" onSubmit={enrol}>
        <NewPassphrase phone={phone} value={passphrase} onValue={setPassphrase} asked={asked} />
        <Notice kind="warn">{say("enrol.forget")}</Notice>
        <Field
          label={say("enrol.label")}
          hint={say("enrol.label_hint")}
          maxLength={40}
          value={label}
          onValue={setLabel}
        />
        <Problem words={attempt.problem} />
        <Button kind="main" submit off={attempt.running}>
          {say(attempt.running ? "enrol.running" : "enrol.do")}
        </Button>
      </form>
    </Screen>
  );
}
