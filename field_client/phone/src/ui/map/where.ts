/** Where the officer stands, asked of the phone while the map shows it and at no other time. It is kept nowhere. */

import { useEffect, useState } from "preact/hooks";

export interface Position {
  longitude: number;
  latitude: number;
  /** Metres around it within which the phone probably is. */
  accuracy: number;
}

export type Where =
  | { state: "off" | "asking" }
  | { state: "on"; position: Position }
  | { state: "failed"; why: "refused" | "unknown" | "none" };

const OFF: Where = { state: "off" };
const ASK: PositionOptions = { enableHighAccuracy: true, maximumAge: 5_000, timeout: 20_000 };

export interface Asked {
  where: Where;
  isAsked: boolean;
  toggle(): void;
}

/**
 * The position as it changes, from the call of `toggle` to the next one, or until the map is closed. A phone that does
 * not find it goes on trying; one that was refused is not asked again by itself.
 */
export function useWhere(): Asked {
  const [isAsked, setAsked] = useState(false);
  const [where, setWhere] = useState(OFF);

  useEffect(() => {
    if (!isAsked) return;
    const phone = globalThis.navigator?.geolocation;
    if (!phone) {
      setWhere({ state: "failed", why: "none" });
      setAsked(false);
      return;
    }
    setWhere({ state: "asking" });
    const watch = phone.watchPosition(
      ({ coords: { longitude, latitude, accuracy } }) =>
        setWhere({ state: "on", position: { longitude, latitude, accuracy } }),
      ({ code, PERMISSION_DENIED }) => {
        const isRefused = code === PERMISSION_DENIED;
        setWhere({ state: "failed", why: isRefused ? "refused" : "unknown" });
        if (isRefused) setAsked(false);
      },
      ASK,
    );
    return () => phone.clearWatch(watch);
  }, [isAsked]);

  function toggle(): void {
    if (isAsked) setWhere(OFF);
    setAsked(!isAsked);
  }

  return { where, isAsked, toggle };
}
