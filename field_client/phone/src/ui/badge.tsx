/** How a resident finds out that this officer is genuine: on their own phone, on the force's own page. */

import type { ComponentChildren } from "preact";
import type { Badge as BadgeCard, FieldClient } from "../contract";
import { sentenceOf } from "./attempt";
import { useAwake } from "./awake";
import { usePromised } from "./hooks";
import { Problem } from "./parts";
import type { ResidentProps } from "./resident";
import { type Speaking, SpokenScreen, useSpeaking } from "./speaking";

export function Badge({ client, worklist = 0 }: ResidentProps) {
  const speaking = useSpeaking("en");
  const { say } = speaking;
  const badge = usePromised(() => badgeOf(client, worklist), [client, worklist]);
  useAwake();
  return (
    <SpokenScreen speaking={speaking} title={say("badge.title")}>
      {typeof badge === "string" && (
        <div lang="en">
          <Problem words={badge} />
        </div>
      )}
      {typeof badge === "object" && <Card badge={badge} say={say} />}
    </SpokenScreen>
  );
}

function Card({ badge, say }: { badge: BadgeCard; say: Speaking["say"] }) {
  return (
    <>
      <p>{say("badge.intro")}</p>
      <ol class="rows">
        <Step doing={say("badge.page")} what={badge.page} />
        <Step doing={say("badge.name")} what={badge.officer} />
        <Step doing={say("badge.code")} what={badge.code} />
      </ol>
      <p>{say("badge.answer", { campaign: badge.campaign })}</p>
      <p>{say("badge.call")}</p>
    </>
  );
}

function Step({ doing, what }: { doing: string; what: string }) {
  return (
    <li class="card">
      <span>{doing}</span>
      <span class="huge">{breakable(what)}</span>
    </li>
  );
}

/** Breaks of its own after dots and before slashes, so that an address is not torn in the middle of a word. */
function breakable(text: string): ComponentChildren {
  return text
    .split(/(?<=\.)|(?=\/)/)
    .flatMap((part, index) => (index === 0 ? [part] : [<wbr key={index} />, part]));
}

async function badgeOf(client: FieldClient, worklist: number): Promise<BadgeCard | string> {
  try {
    return await client.badge(worklist);
  } catch (error) {
    return sentenceOf(error);
  }
}
