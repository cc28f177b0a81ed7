/** A screen that is loaded when it is first opened; the service worker keeps it on the phone. */

import type { ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";
import { Notice } from "./parts";
import { Screen } from "./screen";
import { say } from "./words";

/** Makes a component out of what will be loaded. What was loaded once is there at once. */
export function loaded<P extends object>(load: () => Promise<ComponentType<P>>): ComponentType<P> {
  let there: ComponentType<P> | null = null;
  return function Loaded(props: P) {
    const [, again] = useState(0);
    const [failed, setFailed] = useState(false);
    useEffect(() => {
      if (there) return;
      load().then(
        (component) => {
          there = component;
          again((n) => n + 1);
        },
        () => setFailed(true),
      );
    }, []);
    if (there) {
      const There = there;
      return <There {...props} />;
    }
    return failed ? <NotThere /> : <Screen title={say("loading")} />;
  };
}

function NotThere() {
  return (
    <Screen title={say("not_there.title")}>
      <Notice kind="warn" alert>
        {say("not_there.words")}
      </Notice>
    </Screen>
  );
}
