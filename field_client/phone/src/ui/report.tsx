/** A hazard, or what is wrong with an address, told without a visit. */

import { useState } from "preact/hooks";
import type { AtDoor, FieldClient, HouseKey } from "../contract";
import type { AddressNote } from "../protocol/types";
import { GoneHouse, useHouse } from "./at_house";
import { useAttempt } from "./attempt";
import { useDoors } from "./door";
import { showFirstFault } from "./faults";
import { withText } from "./needs";
import { RecordScreen } from "./record_screen";
import { AddressNoteFields, HazardFields } from "./report_fields";
import { useWay } from "./way";
import { say } from "./words";

interface Props {
  client: FieldClient;
  houseKey: HouseKey;
}

export function ReportHazard(props: Props) {
  const [kind, setKind] = useState("");
  const [text, setText] = useState("");
  return (
    <Report
      {...props}
      title={say("house.report_hazard")}
      deed={say("house.hazard")}
      missing={kind === "" ? say("ask.no_hazard") : ""}
      door={() => ({ hazard: withText(kind, text) })}
    >
      {(wrong) => <HazardFields kind={kind} text={text} wrong={wrong} onKind={setKind} onText={setText} />}
    </Report>
  );
}

export function NoteAddress(props: Props) {
  const [kind, setKind] = useState<AddressNote["kind"] | "">("");
  const [text, setText] = useState("");
  return (
    <Report
      {...props}
      title={say("house.note_address")}
      deed={say("house.address_note")}
      missing={kind === "" ? say("ask.no_address_note") : ""}
      door={() => (kind === "" ? {} : { addressNote: withText(kind, text) })}
    >
      {(wrong) => (
        <AddressNoteFields kind={kind} text={text} wrong={wrong} onKind={setKind} onText={setText} />
      )}
    </Report>
  );
}

interface ReportProps extends Props {
  title: string;
  deed: string;
  /** What has to be told first; "" where nothing is missing. */
  missing: string;
  door(): AtDoor;
  children(wrong: string): preact.ComponentChildren;
}

function Report({ client, houseKey, title, deed, missing, door, children }: ReportProps) {
  const view = useHouse(client, houseKey);
  const way = useWay();
  const doors = useDoors();
  const attempt = useAttempt();
  const [asked, ask] = useState(false);
  if (typeof view === "string") return <GoneHouse words={view} />;

  function record(): void {
    ask(true);
    if (missing) {
      showFirstFault();
      return;
    }
    if (typeof view === "string") return;
    void attempt.run(async () => {
      await doors.record(view, door(), deed);
      way.back();
    });
  }

  return (
    <RecordScreen title={title} view={view} attempt={attempt} onRecord={record}>
      {children(asked ? missing : "")}
    </RecordScreen>
  );
}
