/**
 * The way through the screens. What screen is shown stands in memory alone: the browser's history keeps nothing but how
 * deep one is, so that no house or street comes into a URL, a history or a session file on disk.
 */

import { createContext } from "preact";
import { useContext, useEffect, useState } from "preact/hooks";
import type { HouseKey } from "../contract";
import { Listeners } from "../listeners";
import type { Visit } from "../protocol/types";
import { useLatest } from "./hooks";
import type { Sides } from "./walk";

export type Route =
  /** Before anything is unlocked, "today" is the list of the officers on this phone. */
  | {
      screen:
        | "today"
        | "search"
        | "menu"
        | "recorded"
        | "sync"
        | "end"
        | "guide"
        | "lists"
        | "settings"
        | "about";
    }
  | { screen: "unlock"; deviceId: string }
  | { screen: "enrol"; code: string }
  | { screen: "street" | "map" | "told"; worklist: number; usrn: string }
  | { screen: "badge"; worklist: number }
  /** `sides`: the side of the street that is being walked. */
  | { screen: "house"; key: HouseKey; sides?: Sides }
  | { screen: "qr" | "hazard" | "address_note"; key: HouseKey }
  /** `visit` belongs to the conversation and is recorded with what comes of it. */
  | { screen: "register" | "survey"; key: HouseKey; visit?: Visit | undefined }
  /** What an outcome needs to be told beside it. */
  | { screen: "ask"; key: HouseKey; outcome: string };

/** Answers true where it dealt with the back button itself. */
export type BackHandler = () => boolean;

export class Way {
  private routes: Route[] = [{ screen: "today" }];
  private readonly listeners = new Listeners();
  private handlers: BackHandler[] = [];
  /** What each screen wants to find again when one comes back to it, by depth and name: how far it was scrolled, filters. */
  private kept: Map<string, unknown>[] = [];

  constructor(private readonly window: Pick<Window, "history" | "addEventListener">) {
    window.history.replaceState({ depth: 0 }, "");
    window.addEventListener("popstate", this.popped);
  }

  get current(): Route {
    return this.routes[this.routes.length - 1] as Route;
  }

  get depth(): number {
    return this.routes.length - 1;
  }

  go(route: Route): void {
    this.routes.push(route);
    this.window.history.pushState({ depth: this.depth }, "");
    this.tell();
  }

  /** Shows another screen in the place of this one: back leads to where this one was opened from. */
  replace(route: Route): void {
    this.routes[this.depth] = route;
    delete this.kept[this.depth];
    this.tell();
  }

  back(steps = 1): void {
    const most = Math.min(steps, this.depth);
    if (most > 0) this.window.history.go(-most);
  }

  subscribe(listener: () => void): () => void {
    return this.listeners.subscribe(listener);
  }

  /** While it is held, the back button asks `handler` first; the latest holder is asked alone. */
  hold(handler: BackHandler): () => void {
    this.handlers.push(handler);
    return () => {
      this.handlers = this.handlers.filter((one) => one !== handler);
    };
  }

  keep(name: string, value: unknown): void {
    const here = this.kept[this.depth] ?? new Map<string, unknown>();
    here.set(name, value);
    this.kept[this.depth] = here;
  }

  keptAt(name: string): unknown {
    return this.kept[this.depth]?.get(name);
  }

  /** Forgets where one was, and shows `route` above the first screen: after a lock nothing says which house was open. */
  reset(route?: Route): void {
    const steps = this.depth - (route ? 1 : 0);
    this.routes = [{ screen: "today" }, ...(route ? [route] : [])];
    this.kept = [];
    if (steps > 0) this.window.history.go(-steps);
    else if (steps < 0) this.window.history.pushState({ depth: this.depth }, "");
    this.tell();
  }

  private readonly popped = (event: PopStateEvent): void => {
    const depth = depthOf(event.state);
    const handler = this.handlers[this.handlers.length - 1];
    if (depth < this.depth && handler?.()) {
      this.window.history.pushState({ depth: this.depth }, "");
      return;
    }
    if (depth > this.depth) {
      // Forward to a screen that is forgotten.
      this.window.history.go(this.depth - depth);
      return;
    }
    if (depth === this.depth) return;
    this.routes.length = depth + 1;
    this.kept.length = Math.min(this.kept.length, depth + 1);
    this.tell();
  };

  private tell(): void {
    this.listeners.tell();
  }
}

function depthOf(state: unknown): number {
  const depth = (state as { depth?: unknown } | null)?.depth;
  return typeof depth === "number" && depth > 0 ? depth : 0;
}

export const WayContext = createContext<Way | null>(null);

export function useWay(): Way {
  const way = useContext(WayContext);
  if (!way) throw new Error("a screen stands outside the way");
  return way;
}

/** The screen to show now. */
export function useRoute(way: Way): Route {
  const [route, setRoute] = useState(way.current);
  useEffect(() => {
    setRoute(way.current);
    return way.subscribe(() => setRoute(way.current));
  }, [way]);
  return route;
}

/** A state that one finds again when one comes back to this screen, and that is new when one opens it anew. */
export function useKept<T>(name: string, first: T): [T, (value: T) => void] {
  const way = useWay();
  const [value, setValue] = useState<T>(() => (way.keptAt(name) as T | undefined) ?? first);
  const set = (next: T) => {
    way.keep(name, next);
    setValue(() => next);
  };
  return [value, set];
}

/** While `active`, the back button (the phone's and the screen's) asks `handler`: true where it dealt with it. */
export function useBack(active: boolean, handler: BackHandler): void {
  const way = useContext(WayContext);
  const latest = useLatest(handler);
  useEffect(() => (active && way ? way.hold(() => latest.current()) : undefined), [active, way]);
}
