/** What was done in this street, shown to the resident: "you said, we did", and what the police work on here. */

import { longDate } from "../languages/messages";
import type { Told as Telling } from "../protocol/types";
import { useClient } from "./hooks";
import type { ResidentProps } from "./resident";
import { type Speaking, SpokenScreen, useSpeaking } from "./speaking";

export function Told({ client, worklist = 0, usrn = "" }: ResidentProps) {
  useClient(client);
  const speaking = useSpeaking("en");
  const { say } = speaking;
  const told = client.told(worklist, usrn);
  const street = client.streets().find((one) => one.worklist === worklist && one.usrn === usrn);
  return (
    <SpokenScreen speaking={speaking} title={say("told.title", { street: street?.name ?? "" })}>
      {told.length === 0 && <Nothing say={say} />}
      <Section
        heading={say("told.said_did")}
        told={told.filter((one) => one.kind === "said_did")}
        say={say}
      />
      <Section
        heading={say("told.priorities")}
        told={told.filter((one) => one.kind === "priority")}
        say={say}
      />
    </SpokenScreen>
  );
}

function Nothing({ say }: { say: Speaking["say"] }) {
  return (
    <>
      <p class="strong">{say("told.empty")}</p>
      <p>{say("told.empty_more")}</p>
    </>
  );
}

function Section({ heading, told, say }: { heading: string; told: Telling[]; say: Speaking["say"] }) {
  if (told.length === 0) return null;
  return (
    <section class="rows">
      <h2 class="title">{heading}</h2>
      {told.map((one) => (
        <article class="card told" key={`${one.on} ${one.said} ${one.did}`}>
          {one.kind === "said_did" ? <SaidAndDid told={one} say={say} /> : <Priority told={one} />}
          {one.on && <p class="soft small">{longDate(say.language, one.on, "UTC")}</p>}
        </article>
      ))}
    </section>
  );
}

function SaidAndDid({ told, say }: { told: Telling; say: Speaking["say"] }) {
  return (
    <dl>
      <dt>{say("told.said")}</dt>
      <dd lang="en">{told.said}</dd>
      {told.did && <dt>{say("told.did")}</dt>}
      {told.did && <dd lang="en">{told.did}</dd>}
    </dl>
  );
}

/** Of a priority, `said` is what is worked on and `did` how it stands. */
function Priority({ told }: { told: Telling }) {
  return (
    <>
      <p class="strong" lang="en">
        {told.said}
      </p>
      {told.did && <p lang="en">{told.did}</p>}
    </>
  );
}
