/** What an outcome needs to be told beside it, and nothing else. */

import { useState } from "preact/hooks";
import type { FieldClient, HouseKey, HouseView } from "../contract";
import { localDate, spokenTime } from "../protocol/slots";
import type { Outcome } from "../protocol/types";
import { GoneHouse, useHouse } from "./at_house";
import { useAttempt } from "./attempt";
import { useDoors } from "./door";
import { showFirstFault } from "./faults";
import { Field, Radios, Select } from "./fields";
import { nameOfLanguage, SPOKEN_HERE } from "./languages_spoken";
import { doorOf, type Faults, faultsOf, nothingTold, PARTS, type Told } from "./needs";
import { RecordScreen } from "./record_screen";
import { AddressNoteFields, HazardFields } from "./report_fields";
import { daysAfter, spokenDate } from "./times";
import { useWay } from "./way";
import { say } from "./words";

/** A callback more than a year ahead is refused; most are within the week. */
const FURTHEST_DAYS = 366;
const DAYS_OFFERED = 6;

interface Props {
  client: FieldClient;
  houseKey: HouseKey;
  /** The outcome's code in the list's table. */
  code: string;
}

export function Ask({ client, houseKey, code }: Props) {
  const view = useHouse(client, houseKey);
  const outcomes = client.lists().find((one) => one.worklist === houseKey.worklist)?.outcomes;
  const outcome = outcomes?.find((one) => one.code === code);
  if (typeof view === "string") return <GoneHouse words={view} />;
  if (!outcome) return <GoneHouse words={say("ask.no_outcome")} />;
  return <Form client={client} view={view} outcome={outcome} />;
}

function Form({ client, view, outcome }: { client: FieldClient; view: HouseView; outcome: Outcome }) {
  const way = useWay();
  const doors = useDoors();
  const attempt = useAttempt();
  const [told, setTold] = useState<Told>(() => nothingTold(outcome.code));
  const [faults, setFaults] = useState<Faults>({});
  const needs = outcome.needs ?? [];

  function tell(part: Partial<Told>): void {
    setTold({ ...told, ...part });
    setFaults(Object.fromEntries(Object.entries(faults).filter(([field]) => !(field in part))));
  }

  function record(): void {
    const { now, timeZone } = client.status();
    const here = { day: localDate(now, timeZone), time: spokenTime(now, timeZone) };
    const found = faultsOf(outcome, told, here);
    setFaults(found);
    if (Object.keys(found).length > 0) {
      showFirstFault();
      return;
    }
    void attempt.run(async () => {
      await doors.record(view, doorOf(outcome, told), outcome.label);
      way.back(outcome.contacted ? 1 : 2);
    });
  }

  return (
    <RecordScreen title={outcome.label} view={view} attempt={attempt} onRecord={record}>
      {needs.includes("callback") && <Callback client={client} told={told} tell={tell} faults={faults} />}
      {needs.includes("language") && (
        <Select
          label={say("ask.language")}
          hint={say("ask.language_hint")}
          wrong={faults.language}
          value={told.language}
          options={[
            { value: "", label: say("ask.choose") },
            ...SPOKEN_HERE.filter((one) => one !== "en").map((one) => ({
              value: one,
              label: nameOfLanguage(one),
            })),
          ]}
          onValue={(language) => tell({ language })}
        />
      )}
      {needs.includes("note") && (
        <Field
          long
          label={say("ask.note")}
          hint={say("ask.note_hint")}
          maxLength={2000}
          value={told.note}
          onValue={(note) => tell({ note })}
        />
      )}
      {needs.includes("hazard") && (
        <HazardFields
          kind={told.hazard}
          text={told.hazardText}
          wrong={faults.hazard}
          onKind={(hazard) => tell({ hazard })}
          onText={(hazardText) => tell({ hazardText })}
        />
      )}
      {needs.includes("address_note") && (
        <AddressNoteFields
          kind={told.addressNote}
          text={told.addressText}
          wrong={faults.addressNote}
          onKind={(addressNote) => tell({ addressNote })}
          onText={(addressText) => tell({ addressText })}
        />
      )}
    </RecordScreen>
  );
}

interface CallbackProps {
  client: FieldClient;
  told: Told;
  tell(part: Partial<Told>): void;
  faults: Faults;
}

const OTHER_DAY = "other";

function Callback({ client, told, tell, faults }: CallbackProps) {
  const { now, timeZone } = client.status();
  const today = localDate(now, timeZone);
  const [other, setOther] = useState(false);
  const days = Array.from({ length: DAYS_OFFERED }, (_, ahead) => daysAfter(today, ahead));
  const dayWord = (day: string, ahead: number) =>
    ahead === 0 ? say("ask.today") : ahead === 1 ? say("ask.tomorrow") : spokenDate(day);

  function chooseDay(day: string): void {
    setOther(day === OTHER_DAY);
    tell({ day: day === OTHER_DAY ? "" : day });
  }

  return (
    <>
      <Radios
        inRow
        label={say("ask.day")}
        wrong={other ? "" : faults.day}
        value={other ? OTHER_DAY : told.day}
        onValue={chooseDay}
        options={[
          ...days.map((day, ahead) => ({ value: day, label: dayWord(day, ahead) })),
          { value: OTHER_DAY, label: say("ask.other_day") },
        ]}
      />
      {other && (
        <Field
          kind="date"
          label={say("ask.which_day")}
          wrong={faults.day}
          min={today}
          max={daysAfter(today, FURTHEST_DAYS)}
          value={told.day}
          onValue={(day) => tell({ day })}
        />
      )}
      <Radios
        inRow
        label={say("ask.part")}
        wrong={faults.part}
        value={told.part}
        onValue={(part) => tell({ part })}
        options={[
          ...PARTS.map((part) => ({
            value: part as string,
            label: say(`slot.${part}`),
            hint: say(`slot.${part}_from`),
          })),
          { value: "time", label: say("ask.at_time") },
          { value: "any", label: say("ask.any_time") },
        ]}
      />
      {told.part === "time" && (
        <Field
          kind="time"
          label={say("ask.which_time")}
          wrong={faults.time}
          value={told.time}
          onValue={(time) => tell({ time })}
        />
      )}
    </>
  );
}
