/** What is asked of a hazard, and of an address that is not as the list says. */

import type { AddressNote } from "../protocol/types";
import { Field, Radios } from "./fields";
import { ADDRESS_NOTES, HAZARDS } from "./needs";
import { say } from "./words";

interface Props<K extends string> {
  kind: K | "";
  text: string;
  wrong: string | undefined;
  onKind(kind: K): void;
  onText(text: string): void;
}

export function HazardFields({ kind, text, wrong, onKind, onText }: Props<string>) {
  return (
    <>
      <Radios
        inRow
        label={say("hazard.kind")}
        wrong={wrong}
        value={kind}
        onValue={onKind}
        options={HAZARDS.map((one) => ({ value: one as string, label: say(`hazard_${one}`) }))}
      />
      <Field
        long
        label={say("hazard.text")}
        hint={say("hazard.text_hint")}
        maxLength={2000}
        value={text}
        onValue={onText}
      />
    </>
  );
}

export function AddressNoteFields({ kind, text, wrong, onKind, onText }: Props<AddressNote["kind"]>) {
  return (
    <>
      <Radios
        inRow
        label={say("address_note.kind")}
        wrong={wrong}
        value={kind}
        onValue={onKind}
        options={ADDRESS_NOTES.map((one) => ({ value: one, label: say(`address_note_${one}`) }))}
      />
      <Field
        long
        label={say("address_note.text")}
        hint={say("address_note.text_hint")}
        maxLength={2000}
        value={text}
        onValue={onText}
      />
    </>
  );
}
