/** The house's code for the resident's own phone: dark on white whatever the theme, with the quiet zone scanners need. */

import { useState } from "preact/hooks";
import type { FieldClient, HouseKey, HouseView, ListInfo } from "../contract";
import { longDate } from "../languages/messages";
import { sentenceOf } from "./attempt";
import { useAwake } from "./awake";
import { usePromised } from "./hooks";
import { Problem } from "./parts";
import type { QrPath } from "./qr_path";
import type { ResidentProps } from "./resident";
import { SpokenScreen, useSpeaking } from "./speaking";

export function Qr({ client, house: given }: ResidentProps) {
  const [house] = useState(given);
  const [list] = useState(() => client.lists().find((one) => one.worklist === house?.key.worklist));
  return house && list ? <HouseCode client={client} house={house} list={list} /> : null;
}

function HouseCode({ client, house, list }: { client: FieldClient; house: HouseView; list: ListInfo }) {
  const speaking = useSpeaking(house.state.language);
  const { say } = speaking;
  const code = usePromised(() => codeOf(client, house.key), [client, house.key.worklist, house.key.uprn]);
  useAwake();
  return (
    <SpokenScreen speaking={speaking} title={say("qr.title")}>
      {code === undefined && <p>{say("qr.making")}</p>}
      {typeof code === "string" && (
        <div lang="en">
          <Problem words={code} />
        </div>
      )}
      {typeof code === "object" && <Code code={code} label={say("qr.alt")} />}
      <p class="strong centred" lang="en">
        {house.house.address}
      </p>
      <p>{say("qr.intro")}</p>
      <p>{say("qr.holds", { date: longDate(say.language, list.notAfter, list.timeZone) })}</p>
      <p class="soft small">{say("qr.brightness")}</p>
    </SpokenScreen>
  );
}

function Code({ code, label }: { code: QrPath; label: string }) {
  return (
    <svg
      class="qr"
      role="img"
      aria-label={label}
      viewBox={`0 0 ${code.size} ${code.size}`}
      shape-rendering="crispEdges"
    >
      <rect width={code.size} height={code.size} fill="#fff" />
      <path d={code.path} fill="#000" />
    </svg>
  );
}

/** The code, or the sentence why there is none. What draws it is loaded when it is first needed. */
async function codeOf(client: FieldClient, house: HouseKey): Promise<QrPath | string> {
  try {
    const [link, { qrPath }] = await Promise.all([client.registrationLink(house), import("./qr_path")]);
    return qrPath(link);
  } catch (error) {
    return sentenceOf(error);
  }
}
