/** A survey being taken: who answers, which question it is at, and the moment it is sealed. */

import { useState } from "preact/hooks";
import type { FieldClient, HouseKey } from "../contract";
import type { Question, Questionnaire, Visit } from "../protocol/types";
import { after, answerProblems, answersOf, before, type Fault, faultOf, type Given } from "./asking";
import { type Drafted, useDrafted } from "./draft";
import { showFirstFault } from "./faults";
import { type Recording, useRecording } from "./recording";

interface Content {
  given: Given;
  /** The question it is at; "" before the first. */
  at: string;
  /** The registration whose person answers; "" where nobody is named. */
  who: string;
  /** The language it is read in. */
  language: string;
  /** The events with answers from this house when it was begun: one more, and a kill came after it was recorded. */
  earlier: string[];
}

export interface Surveying {
  draft: Drafted<Content>;
  given: Given;
  question: Question | null;
  next: Question | null;
  fault: Fault | null;
  recording: Recording;
  /** Whether anything was answered, and whether what was can be recorded without the rest. */
  isAnswered: boolean;
  isWhole: boolean;
  answer(given: Given): void;
  choose(part: Partial<Pick<Content, "who" | "language">>): void;
  /** Whether the answer to this question can be taken; where it cannot, its fault is shown from now on. */
  passes(): boolean;
  to(question: Question): void;
  /** To the question before, or to before the first; false where it is there already. */
  back(): boolean;
  /** Seals the answers and forgets them. Resolves to the event's id; "" where they could not be saved. */
  save(): Promise<string>;
}

export function useSurveying(
  client: FieldClient,
  key: HouseKey,
  document: Questionnaire,
  first: { who: string; language: string },
  visit: Visit | undefined,
): Surveying {
  const name = `survey ${key.worklist} ${key.uprn} ${document.code} ${document.version}`;
  const draft = useDrafted<Content>(client, name, {
    empty: () => ({
      ...first,
      given: { choices: {}, texts: {} },
      at: "",
      earlier: answeredHere(client, key),
    }),
    isBegun: (content) => answersOf(document, content.given, "") !== null,
    isRecorded: ({ earlier }) => answeredHere(client, key).some((id) => !earlier.includes(id)),
  });
  const [fault, setFault] = useState<Fault | null>(null);
  const recording = useRecording(client, key, visit);
  const { given, at, who } = draft.content;
  const question = document.questions.find((one) => one.code === at) ?? null;
  const answers = answersOf(document, given, who);

  function change(part: Partial<Content>): void {
    setFault(null);
    draft.set({ ...draft.content, ...part });
  }

  return {
    draft,
    given,
    question,
    next: after(document, given, at),
    fault,
    recording,
    isAnswered: answers !== null,
    isWhole: answers !== null && answerProblems(document, answers).length === 0,
    answer: (next) => change({ given: next }),
    choose: change,
    passes() {
      const found = question && faultOf(question, given);
      setFault(found);
      if (found) showFirstFault();
      return found === null;
    },
    to: (next) => change({ at: next.code }),
    back() {
      if (at !== "") change({ at: before(document, given, at)?.code ?? "" });
      return at !== "";
    },
    async save() {
      const eventId = answers ? await recording.record({ answers }) : "";
      if (eventId !== "") await draft.forget();
      return eventId;
    },
  };
}

function answeredHere(client: FieldClient, key: HouseKey): string[] {
  const here = client.ownEvents().filter((event) => event.answered && event.key.uprn === key.uprn);
  return here.map((event) => event.id);
}
