/** Screens at one house, which may leave the officer's lists at any moment: the list was recalled, or has run out. */

import type { ComponentType } from "preact";
import { useState } from "preact/hooks";
import { type FieldClient, FieldProblem, type HouseKey, type HouseView } from "../contract";
import type { Visit } from "../protocol/types";
import { useClient, useTick } from "./hooks";
import { Notice } from "./parts";
import type { ResidentProps } from "./resident";
import { Screen } from "./screen";
import { useWay } from "./way";
import { say } from "./words";

const AGES_MS = 30_000;

/** The house as it stands now; the sentence to show where it is on no list any more. */
export function useHouse(client: FieldClient, key: HouseKey): HouseView | string {
  useClient(client);
  useTick(AGES_MS);
  return houseOf(client, key);
}

function houseOf(client: FieldClient, key: HouseKey): HouseView | string {
  try {
    return client.house(key);
  } catch (error) {
    if (error instanceof FieldProblem) return error.message;
    throw error;
  }
}

export function GoneHouse({ words }: { words: string }) {
  return (
    <Screen title={say("house.gone")}>
      <Notice kind="warn" alert>
        {words}
      </Notice>
    </Screen>
  );
}

interface Props {
  screen: ComponentType<ResidentProps>;
  client: FieldClient;
  houseKey: HouseKey;
  visit?: Visit | undefined;
}

/**
 * A screen that a resident sees, at a house as it was when it was opened: should its list be recalled in the middle of
 * the conversation, the conversation goes on.
 */
export function AtHouse({ screen: Shown, client, houseKey, visit }: Props) {
  const way = useWay();
  const [house] = useState(() => houseOf(client, houseKey));
  if (typeof house === "string") return <GoneHouse words={house} />;
  return (
    <Shown
      client={client}
      house={house}
      worklist={houseKey.worklist}
      usrn={house.street.usrn}
      {...(visit && { visit })}
      onDone={() => way.back()}
    />
  );
}
