/** The app as a whole: the first screens while nothing is unlocked, else those of the officer's store, or practice. */

import { useEffect, useRef, useState } from "preact/hooks";
import type { FieldClient, Phone } from "../contract";
import { sentenceOf } from "./attempt";
import { First } from "./first";
import { loaded } from "./loaded";
import { Button, Notice } from "./parts";
import { Screen } from "./screen";
import { Way, WayContext } from "./way";
import { say } from "./words";

/** Every screen has this one address. */
const APP_PATH = "/phone/";

const Session = loaded(() => import("./session").then((module) => module.Session));

/** `open` opens what is kept on this phone; where it cannot, it says why and what to do. */
export function App({ open }: { open: () => Promise<Phone> }) {
  const [phone, setPhone] = useState<Phone | null>(null);
  const [problem, setProblem] = useState("");
  useEffect(() => {
    open().then(setPhone, (error) => setProblem(sentenceOf(error)));
  }, []);
  if (problem) return <Broken problem={problem} />;
  return phone ? <Opened phone={phone} /> : null;
}

function Broken({ problem }: { problem: string }) {
  return (
    <Screen
      title={say("broken.title")}
      bottom={
        <Button kind="main" onPress={() => location.reload()}>
          {say("broken.again")}
        </Button>
      }
    >
      <Notice kind="danger" alert>
        {problem}
      </Notice>
    </Screen>
  );
}

function Opened({ phone }: { phone: Phone }) {
  const [way] = useState(() => new Way(window));
  const [client, setClient] = useState<FieldClient | null>(null);
  const [practice, setPractice] = useState<FieldClient | null>(null);
  const [farewell, setFarewell] = useState("");
  const lockedByHand = useRef(false);
  const shown = practice ?? client;

  async function practise(): Promise<void> {
    const made = await phone.practice();
    way.reset();
    setPractice(made);
  }

  function lock(store: FieldClient): void {
    lockedByHand.current = true;
    void store.lock();
  }

  /** Practice or a shift is over, or a store was locked: one that locked by itself is most likely opened again. */
  function end(ended: FieldClient): void {
    const isOver = lockedByHand.current || ended.practice || way.current.screen === "end";
    way.reset(isOver ? undefined : { screen: "unlock", deviceId: ended.status().deviceId });
    lockedByHand.current = false;
    if (ended === practice) setPractice(null);
    // Practice may have gone on while the officer's own store locked itself behind it.
    if (ended === client || client?.status().locked) setClient(null);
  }

  function opened(store: FieldClient): void {
    way.reset();
    setFarewell("");
    setClient(store);
  }

  // A link brought an enrolment code: it leaves the address bar, and with it the browser's history.
  useEffect(() => {
    const code = location.hash.slice(1);
    if (location.pathname !== APP_PATH || code !== "")
      window.history.replaceState(window.history.state, "", APP_PATH);
    if (phone.mistyped(code) === 0) way.go({ screen: "enrol", code });
  }, []);

  return (
    <WayContext.Provider value={way}>
      {shown ? (
        <Session
          key={shown.practice ? "practice" : "store"}
          client={shown}
          phone={phone}
          onEnd={() => end(shown)}
          onLock={() => lock(shown)}
          onFarewell={shown.practice ? () => undefined : () => setFarewell(say("first.ended"))}
          onPractise={practise}
        />
      ) : (
        <First phone={phone} farewell={farewell} onOpen={opened} onPractise={practise} />
      )}
    </WayContext.Provider>
  );
}
