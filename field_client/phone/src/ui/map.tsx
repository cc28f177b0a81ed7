/**
 * A map of one street, drawn from the list itself: no tiles, no connection. The marks say by shape and colour what there
 * is to do; a tap on one shows its houses under the map. Whoever cannot use a map has the same houses in the street's list.
 */

import { useMemo, useState } from "preact/hooks";
import type { FieldClient, HouseKey, HouseView } from "../contract";
import { fullAddress } from "./address";
import { useClient, useTick } from "./hooks";
import { HouseRow } from "./house_row";
import { MapDrawing } from "./map/drawing";
import { useGestures } from "./map/gestures";
import { Legend } from "./map/legend";
import { countsOf, housesUnder, lastCalledAt, spotsOf } from "./map/marks";
import { pointAt } from "./map/plane";
import { useMapView } from "./map/view";
import { useWhere } from "./map/where";
import { say, wordsOfCounts, wordsOfWhere } from "./map/words";
import { List, Notice, RoundButton } from "./parts";
import { Screen } from "./screen";
import { nextHouse } from "./walk";
import "./map.css";

const MINUTE_MS = 60_000;
const STEP = 1.6;

interface Props {
  client: FieldClient;
  worklist: number;
  usrn: string;
  onHouse(key: HouseKey): void;
}

export function StreetMap({ client, worklist, usrn, onHouse }: Props) {
  useClient(client);
  useTick(MINUTE_MS);
  const views = client.street(worklist, usrn);
  const [first] = views;
  if (first) return <MapScreen views={views} street={first.street} onHouse={onHouse} />;
  return (
    <Screen title={say("title_gone")}>
      <Notice>{say("none")}</Notice>
    </Screen>
  );
}

interface MapScreenProps {
  views: HouseView[];
  street: HouseView["street"];
  onHouse(key: HouseKey): void;
}

function MapScreen({ views, street, onHouse }: MapScreenProps) {
  const spots = useMemo(() => spotsOf(views), [views]);
  const counts = useMemo(() => wordsOfCounts(countsOf(views)), [views]);
  const [chosen, choose] = useState<readonly string[]>([]);
  const { where, isAsked, toggle } = useWhere();
  const { frame, view, isMoved, officer, away, move } = useMapView(
    useMemo(() => spots.map((spot) => spot.point), [spots]),
    where.state === "on" ? pointAt(street, where.position.longitude, where.position.latitude) : null,
  );
  const gestures = useGestures({
    push: move.push,
    zoom: move.zoom,
    tap: (at) => view && choose(housesUnder(spots, view, at)),
  });
  const next = nextHouse(views, lastCalledAt(views));
  const shown = views.filter((one) => chosen.includes(one.key.uprn));
  const here = wordsOfWhere(where, away);

  return (
    <Screen
      edge
      title={say("title", { street: street.name })}
      bottom={<Houses chosen={shown} next={next} onHouse={onHouse} />}
    >
      <div class="map">
        <div ref={frame} class="map-frame" tabIndex={0} role="group" aria-label={say("map")} {...gestures}>
          {view && (
            <MapDrawing
              spots={spots}
              view={view}
              isMoved={isMoved}
              next={next}
              chosen={chosen}
              officer={officer}
              accuracy={where.state === "on" ? where.position.accuracy : 0}
              alternative={alternativeOf(street.name, counts, next)}
            />
          )}
        </div>
        <div class="map-buttons">
          <RoundButton
            sign="here"
            name={say(isAsked ? "here.hide" : "here.show")}
            pressed={isAsked}
            onPress={toggle}
          />
          <RoundButton sign="fit" name={say("whole")} onPress={move.whole} />
          <RoundButton sign="plus" name={say("closer")} onPress={() => move.zoom(STEP)} />
          <RoundButton sign="dash" name={say("further")} onPress={() => move.zoom(1 / STEP)} />
        </div>
      </div>
      <p class={here === "" ? "unseen" : "map-here"} role="status">
        {here}
      </p>
      <Legend counts={counts} hasOfficer={officer !== null} />
    </Screen>
  );
}

function alternativeOf(
  street: string,
  counts: ReturnType<typeof wordsOfCounts>,
  next: HouseView | null,
): string {
  const all = say("alt", { street, counts: counts.map(({ words }) => words).join(", ") });
  return next
    ? `${all} ${say("alt_next", { address: fullAddress(next.street.name, next.house.address) })}`
    : all;
}

/** What was tapped; else the house to visit next. */
function Houses(props: { chosen: HouseView[]; next: HouseView | null; onHouse(key: HouseKey): void }) {
  const { chosen, next, onHouse } = props;
  const shown = chosen.length > 0 ? chosen : next ? [next] : [];
  const title =
    chosen.length > 0 ? say("houses_here", { n: chosen.length }) : say(next ? "next" : "nothing_left");
  return (
    <>
      <p class="section" role="status">
        {title}
      </p>
      {shown.length > 0 && (
        <div class="map-houses">
          <List label={title}>
            {shown.map((view) => (
              <li key={view.key.uprn}>
                <HouseRow view={view} onPress={() => onHouse(view.key)} />
              </li>
            ))}
          </List>
        </div>
      )}
    </>
  );
}
