/** Keeping the screen lit while somebody else reads it. */

import { useEffect } from "preact/hooks";

/** While the screen is shown, the phone does not dim, where the browser can see to that; it needs no permission. */
export function useAwake(): void {
  useEffect(() => {
    let shown = true;
    let lock: WakeLockSentinel | undefined;
    const ask = () => {
      if (document.visibilityState !== "visible") return;
      navigator.wakeLock?.request("screen").then(
        (given) => {
          if (shown) lock = given;
          else void given.release();
        },
        () => undefined,
      );
    };
    ask();
    document.addEventListener("visibilitychange", ask);
    return () => {
      shown = false;
      document.removeEventListener("visibilitychange", ask);
      void lock?.release();
    };
  }, []);
}
