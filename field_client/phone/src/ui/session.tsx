/** The screens of an unlocked store, or of practice. It ends when the store locks, by whomever. */

import { useEffect } from "preact/hooks";
import type { FieldClient, Phone } from "../contract";
import { Ask } from "./ask";
import { AtHouse } from "./at_house";
import { DoorsContext, tellsRecorded, useDoorsOf } from "./door";
import { Guarded } from "./guarded";
import { useClient } from "./hooks";
import { House } from "./house";
import { loaded } from "./loaded";
import { Recorded } from "./recorded";
import { ClientContext } from "./screen";
import { Search } from "./search";
import { Street } from "./street";
import { SyncScreen } from "./syncing";
import { Today } from "./today";
import { type Route, useRoute, useWay } from "./way";

interface Props {
  client: FieldClient;
  phone: Phone;
  onEnd(): void;
  /** The officer locks the store by hand. */
  onLock(): void;
  /** The shift is over, and everything sent. */
  onFarewell(): void;
  onPractise(): Promise<void>;
}

export function Session({ onEnd, ...props }: Props) {
  const { client } = props;
  useClient(client);
  const { locked, state } = client.status();
  const hasEnded = locked || state !== "active";
  useEffect(() => {
    if (hasEnded) onEnd();
  }, [hasEnded]);
  return hasEnded ? null : <Unlocked {...props} />;
}

function Unlocked(props: Omit<Props, "onEnd">) {
  const { client } = props;
  const doors = useDoorsOf(client);
  const way = useWay();
  const route = useRoute(way);
  return (
    <ClientContext.Provider value={client}>
      <DoorsContext.Provider value={doors}>
        <Guarded key={keyOf(way.depth, route)} onLeave={() => way.back(way.depth)}>
          <Shown {...props} route={route} />
        </Guarded>
        <p class="unseen" role="status">
          {tellsRecorded(route.screen) && doors.spoken}
        </p>
      </DoorsContext.Provider>
    </ClientContext.Provider>
  );
}

/** A screen that another one took the place of is a new one, and begins at its top. */
function keyOf(depth: number, route: Route): string {
  const house = "key" in route ? route.key.uprn : "";
  return `${depth} ${route.screen} ${house}`;
}

const Menu = loaded(() => import("./menu").then((module) => module.Menu));
const Lists = loaded(() => import("./about").then((module) => module.Lists));
const About = loaded(() => import("./about").then((module) => module.About));
const Ending = loaded(() => import("./ending").then((module) => module.Ending));
const Settings = loaded(() => import("./settings").then((module) => module.Settings));
const Guide = loaded(() => import("./guide").then((module) => module.Guide));
const StreetMap = loaded(() => import("./map").then((module) => module.StreetMap));
const ReportHazard = loaded(() => import("./report").then((module) => module.ReportHazard));
const NoteAddress = loaded(() => import("./report").then((module) => module.NoteAddress));
const Register = loaded(() => import("./register").then((module) => module.Register));
const Survey = loaded(() => import("./survey").then((module) => module.Survey));
const Qr = loaded(() => import("./qr").then((module) => module.Qr));
const Told = loaded(() => import("./told").then((module) => module.Told));
const Badge = loaded(() => import("./badge").then((module) => module.Badge));

type ShownProps = Omit<Props, "onEnd"> & { route: Route };

function Shown({ route, client, phone, onLock, onFarewell, onPractise }: ShownProps) {
  const way = useWay();
  const done = () => way.back();
  switch (route.screen) {
    case "search":
      return <Search client={client} />;
    case "recorded":
      return <Recorded client={client} />;
    case "sync":
      return <SyncScreen client={client} onExport={() => way.go({ screen: "settings" })} />;
    case "menu":
      return <Menu client={client} onLeavePractice={onLock} onPractise={() => void onPractise()} />;
    case "lists":
      return <Lists client={client} />;
    case "about":
      return <About client={client} phone={phone} />;
    case "end":
      return <Ending client={client} onEnded={onFarewell} />;
    case "guide":
      return <Guide client={client} onDone={done} />;
    case "settings":
      return <Settings client={client} phone={phone} />;
    case "street":
      return <Street client={client} worklist={route.worklist} usrn={route.usrn} />;
    case "map":
      return (
        <StreetMap
          client={client}
          worklist={route.worklist}
          usrn={route.usrn}
          onHouse={(key) => way.go({ screen: "house", key })}
        />
      );
    case "house":
      return <House client={client} houseKey={route.key} sides={route.sides ?? "both"} />;
    case "ask":
      return <Ask client={client} houseKey={route.key} code={route.outcome} />;
    case "hazard":
      return <ReportHazard client={client} houseKey={route.key} />;
    case "address_note":
      return <NoteAddress client={client} houseKey={route.key} />;
    case "told":
      return <Told client={client} worklist={route.worklist} usrn={route.usrn} onDone={done} />;
    case "badge":
      return <Badge client={client} worklist={route.worklist} onDone={done} />;
    case "register":
      return <AtHouse screen={Register} client={client} houseKey={route.key} visit={route.visit} />;
    case "survey":
      return <AtHouse screen={Survey} client={client} houseKey={route.key} visit={route.visit} />;
    case "qr":
      return <AtHouse screen={Qr} client={client} houseKey={route.key} />;
    default:
      return <Today client={client} phone={phone} onLock={onLock} />;
  }
}
