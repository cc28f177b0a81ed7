/** A street as it is walked: houses in order, each with its flag and reason; what is left to visit, or all. */

import { useMemo, useState } from "preact/hooks";
import type { FieldClient, StreetSummary } from "../contract";
import type { Heights } from "./heights";
import { useClient, useTick } from "./hooks";
import { HouseRow } from "./house_row";
import { Icon } from "./icons";
import { Button, Notice, RoundButton } from "./parts";
import { Screen } from "./screen";
import { nextHouse, rowOf, type Showing, type Sides, tellsSides, type WalkRow, walk } from "./walk";
import { useKept, useWay } from "./way";
import { Windowed } from "./windowed";
import { say } from "./words";

interface Props {
  client: FieldClient;
  worklist: number;
  usrn: string;
}

const AGES_MS = 30_000;

export function Street({ client, worklist, usrn }: Props) {
  useClient(client);
  useTick(AGES_MS);
  const way = useWay();
  const views = client.street(worklist, usrn);
  const summary = client.streets().find((one) => one.worklist === worklist && one.usrn === usrn);
  const [showing, show] = useKept<Showing>("showing", "all");
  const [sides, chooseSides] = useKept<Sides>("sides", "both");
  const [heights] = useKeptHeights();
  const [opened, open] = useKept("opened", "");
  const [jump, setJump] = useState<{ at: number } | null>(null);
  const rows = useMemo(() => walk(views, showing, sides), [views, showing, sides]);
  const next = nextHouse(views, opened, sides);

  function openHouse(uprn: string): void {
    open(uprn);
    way.go({ screen: "house", key: { worklist, uprn }, sides });
  }

  function find(typed: string): void {
    const at = rowOf(rows, typed);
    if (at >= 0) setJump({ at });
  }

  return (
    <Screen
      edge
      title={summary?.name ?? say("street.gone")}
      actions={
        <>
          <RoundButton
            sign="map"
            name={say("street.map")}
            onPress={() => way.go({ screen: "map", worklist, usrn })}
          />
          <RoundButton
            sign="speech"
            name={say("street.told")}
            onPress={() => way.go({ screen: "told", worklist, usrn })}
          />
        </>
      }
      under={
        summary && (
          <Filters {...{ summary, showing, show, sides, chooseSides, find }} hasMany={views.length > 1} />
        )
      }
      bottom={
        next && (
          <Button kind="main" onPress={() => openHouse(next.key.uprn)}>
            {say("next.long", { address: next.house.address.replace(next.street.name, "").trim() })}
          </Button>
        )
      }
    >
      {rows.length === 0 ? (
        <div class="padded">
          <Notice>{say(summary ? "street.nothing" : "house.gone_list")}</Notice>
        </div>
      ) : (
        <Windowed<WalkRow>
          label={say("street.houses")}
          rows={rows}
          keyOf={(row) => row.key}
          isCounted={(row) => row.kind === "door"}
          heights={heights}
          jump={jump}
          draw={(row) => <Row row={row} tellSide={tellsSides(rows, sides)} onOpen={openHouse} />}
        />
      )}
    </Screen>
  );
}

function useKeptHeights(): [Heights] {
  const [heights, keep] = useKept<Heights | null>("heights", null);
  const [made] = useState<Heights>(() => heights ?? new Map());
  if (heights === null) keep(made);
  return [made];
}

interface FilterProps {
  summary: StreetSummary;
  showing: Showing;
  show(showing: Showing): void;
  sides: Sides;
  chooseSides(sides: Sides): void;
  find(typed: string): void;
  hasMany: boolean;
}

function Filters({ summary, showing, show, sides, chooseSides, find, hasMany }: FilterProps) {
  return (
    <div class="filters">
      <Switch
        label={say("street.show")}
        value={showing}
        onValue={show}
        options={[
          ["now", say("street.to_visit", { n: summary.toVisit })],
          ["all", say("street.all", { n: summary.houses })],
        ]}
      />
      {hasMany && (
        <div class="filters-row">
          <Switch
            label={say("street.sides")}
            value={sides}
            onValue={chooseSides}
            options={[
              ["both", say("street.both")],
              ["odd", say("street.odd")],
              ["even", say("street.even")],
            ]}
          />
          <label class="jump">
            <span class="unseen">{say("street.jump")}</span>
            <Icon sign="search" size={20} />
            <input
              class="input"
              type="search"
              inputMode="numeric"
              autocomplete="off"
              enterKeyHint="go"
              placeholder={say("street.number")}
              onInput={(event) => find(event.currentTarget.value)}
            />
          </label>
        </div>
      )}
    </div>
  );
}

interface SwitchProps<T extends string> {
  label: string;
  value: T;
  onValue(value: T): void;
  options: readonly (readonly [T, string])[];
}

/** One of two or three, all in sight. */
function Switch<T extends string>({ label, value, onValue, options }: SwitchProps<T>) {
  return (
    <div class="switch" role="group" aria-label={label}>
      {options.map(([one, word]) => (
        <button type="button" key={one} aria-pressed={one === value} onClick={() => onValue(one)}>
          {word}
        </button>
      ))}
    </div>
  );
}

interface RowProps {
  row: WalkRow;
  tellSide: boolean;
  onOpen(uprn: string): void;
}

function Row({ row, tellSide, onOpen }: RowProps) {
  if (row.kind === "side") {
    return <h2 class="side-heading">{row.side ? say(`street.${row.side}_side`) : say("street.no_side")}</h2>;
  }
  if (row.kind === "building") {
    return (
      <div class="building">
        <h2>
          <Icon sign="building" size={20} />
          <span class="grow">{row.title}</span>
          <span class="soft small">{say("street.flats", { n: row.doors })}</span>
        </h2>
        {row.notes.map((note) => (
          <p class="building-note" key={note}>
            <Icon sign="note" size={20} />
            <span>{note}</span>
          </p>
        ))}
      </div>
    );
  }
  const { view, said, side, isFlat } = row;
  return (
    <div class={isFlat ? "flat" : ""}>
      <HouseRow
        view={view}
        said={isFlat ? { lead: said.lead, rest: "" } : said}
        side={tellSide ? side : ""}
        onPress={() => onOpen(view.key.uprn)}
      />
    </div>
  );
}
