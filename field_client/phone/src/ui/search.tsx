/** Finding a house by number and street, by name or by postcode, over all lists. */

import { useEffect, useRef } from "preact/hooks";
import type { FieldClient } from "../contract";
import { Field } from "./fields";
import { useClient } from "./hooks";
import { HouseRows } from "./house_rows";
import { Screen } from "./screen";
import { useKept } from "./way";
import { say } from "./words";

export function Search({ client }: { client: FieldClient }) {
  useClient(client);
  const [typed, type] = useKept("typed", "");
  const form = useRef<HTMLFormElement>(null);
  const lists = client.lists();
  const found = typed.trim() === "" ? [] : client.find(typed);
  useEffect(() => form.current?.querySelector("input")?.focus(), []);
  return (
    <Screen
      keepFocus
      title={say("search.title")}
      under={
        <form class="padded" ref={form} role="search" onSubmit={(event) => event.preventDefault()}>
          <Field
            kind="search"
            label={say("search.label")}
            hint={say("search.hint")}
            enterKeyHint="search"
            spellcheck={false}
            value={typed}
            onValue={type}
          />
        </form>
      }
    >
      <p role="status" class="soft">
        {typed.trim() !== "" &&
          (found.length > 0 ? say("search.found", { n: found.length }) : say("search.none"))}
      </p>
      {found.length > 0 && <HouseRows views={found} lists={lists} label={say("search.results")} />}
    </Screen>
  );
}
