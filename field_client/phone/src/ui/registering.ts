/** One person being registered: what is typed, which step it is at, and the moment it is sealed. */

import { useState } from "preact/hooks";
import type { FieldClient, HouseKey } from "../contract";
import type { CampaignCard, Visit } from "../protocol/types";
import { type Drafted, useDrafted } from "./draft";
import { showFirstFault } from "./faults";
import {
  consentFaults,
  emptyPerson,
  type FieldFault,
  isBegun,
  type PersonField,
  type PersonForm,
  personFaults,
  registrationOf,
} from "./forms";
import { type Recording, useRecording } from "./recording";

export const STEPS = ["person", "interests", "consents", "finish"] as const;
export type Step = (typeof STEPS)[number];

/** What the draft keeps. The resident's own answers about themselves are never in it. */
interface Content {
  /** The registration's id: should a kill make the officer save it twice, the service takes it for one. */
  id: string;
  step: Step;
  form: PersonForm;
}

export interface Registering {
  draft: Drafted<Content>;
  step: Step;
  form: PersonForm;
  recording: Recording;
  /** The resident's own answers; null while they have not had the phone. */
  demographics: Readonly<Record<string, string>> | null;
  change(part: Partial<PersonForm>): void;
  faultOf(field: PersonField): FieldFault["rule"] | null;
  /** To the next step, unless this one has faults, which are then shown. */
  next(): void;
  to(step: Step): void;
  /** To the step before; false at the first. */
  back(): boolean;
  takeAnswers(demographics: Readonly<Record<string, string>>): void;
  /** Seals the registration and forgets it; null where it could not be saved, and `recording` says why. */
  save(): Promise<{ eventId: string; registration: string } | null>;
  forget(): Promise<void>;
}

/** What every step of the form is given. */
export interface StepProps {
  client: FieldClient;
  registering: Registering;
}

export function useRegistering(
  client: FieldClient,
  key: HouseKey,
  campaign: CampaignCard,
  visit: Visit | undefined,
): Registering {
  const draft = useDrafted<Content>(client, `register ${key.worklist} ${key.uprn}`, {
    empty: () => ({ id: client.newId(), step: "person", form: emptyPerson() }),
    isBegun: (content) => isBegun(content.form),
    isRecorded: (content) => client.ownEvents().some((event) => event.registrations.includes(content.id)),
  });
  const recording = useRecording(client, key, visit);
  const [demographics, takeAnswers] = useState<Readonly<Record<string, string>> | null>(null);
  const [faults, setFaults] = useState<readonly FieldFault[]>([]);
  const { id, step, form } = draft.content;

  function to(next: Step): void {
    setFaults([]);
    draft.set({ ...draft.content, step: next });
  }

  function forget(): Promise<void> {
    takeAnswers(null);
    setFaults([]);
    return draft.forget();
  }

  return {
    draft,
    step,
    form,
    recording,
    demographics,
    change(part) {
      const changed = [...Object.keys(part), ...Object.keys(part.consents ?? {})];
      setFaults(faults.filter((fault) => !changed.includes(fault.field)));
      draft.set({ ...draft.content, form: { ...form, ...part } });
    },
    faultOf: (field) => faults.find((fault) => fault.field === field)?.rule ?? null,
    next() {
      const found = faultsOf(step, form, campaign);
      setFaults(found);
      if (found.length > 0) showFirstFault();
      else to(STEPS[STEPS.indexOf(step) + 1] ?? "finish");
    },
    to,
    back() {
      const before = STEPS[STEPS.indexOf(step) - 1];
      if (before) to(before);
      return before !== undefined;
    },
    takeAnswers,
    async save() {
      const registration = registrationOf(form, campaign, id, demographics ?? {});
      const eventId = await recording.record({ registrations: [registration] });
      if (eventId === "") return null;
      await forget();
      return { eventId, registration: id };
    },
    forget,
  };
}

function faultsOf(step: Step, form: PersonForm, campaign: CampaignCard): FieldFault[] {
  if (step === "consents") return consentFaults(form, campaign);
  const fields = step === "person" ? ["name", "email", "phone"] : ["groups", "interests"];
  return personFaults(form).filter((fault) => fields.includes(fault.field));
}
