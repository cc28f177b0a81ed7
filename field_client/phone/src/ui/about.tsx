/** What lists are on this phone, and what this app is. */

import type { FieldClient, ListInfo, Phone } from "../contract";
import { useClient, usePromised } from "./hooks";
import { Notice } from "./parts";
import { Screen } from "./screen";
import { megabytes } from "./syncing";
import { spokenDate, spokenMoment } from "./times";
import { say } from "./words";

export function Lists({ client }: { client: FieldClient }) {
  useClient(client);
  const lists = client.lists();
  return (
    <Screen title={say("lists.title")}>
      {lists.length === 0 && <Notice>{say("lists.none")}</Notice>}
      <ul class="rows" aria-label={say("lists.title")}>
        {lists.map((list) => (
          <OneList key={list.worklist} list={list} now={client.status().now} />
        ))}
      </ul>
    </Screen>
  );
}

function OneList({ list, now }: { list: ListInfo; now: number }) {
  return (
    <li class="card">
      <p class="strong">{list.campaign.name}</p>
      <p>
        {say("lists.number", { number: String(list.worklist) })} · {say("houses", { n: list.houses })}
      </p>
      <p class="soft">{say("lists.until", { when: spokenMoment(list.notAfter, now, list.timeZone) })}</p>
      <p class="soft">{say("lists.campaign_ends", { when: spokenDate(list.campaign.ends_on) })}</p>
    </li>
  );
}

export function About({ client, phone }: { client: FieldClient; phone: Phone }) {
  useClient(client);
  const storage = usePromised(() => phone.storage(), [phone]);
  const status = client.status();
  return (
    <Screen title={say("about.title")}>
      <p>{say("about.what")}</p>
      <div class="card">
        <p class="section">{say("about.officer")}</p>
        <p>{status.officer}</p>
      </div>
      {!client.practice && (
        <div class="card">
          <p class="section">{say("about.device")}</p>
          <p class="small">{status.deviceId}</p>
          {storage && (
            <p>
              {say("about.storage", {
                used: megabytes(storage.usedBytes),
                quota: megabytes(storage.quotaBytes),
              })}{" "}
              {say(storage.persisted ? "about.persisted" : "about.not_persisted")}
            </p>
          )}
        </div>
      )}
      <p class="soft">{say("about.sealed")}</p>
    </Screen>
  );
}
