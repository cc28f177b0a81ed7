/**
 * The way through the screens. What screen is shown stands in memory alone: the browser's history keeps nothing but how
 * deep one is, so that no house or street comes into a URL, a history or a session file on disk.
 */

import { createContext } from "preact";
import { useContext, useEffect, useState } from "preact/hooks";
import type { HouseKey } from "../contract";
import { useLatest } from "./hooks";

export type Route =
  | {
      screen:
        | "today"
        | "search"
        | "menu"
        | "recorded"
        | "sync"
        | "end"
        | "guide"
        | "settings"
        | "lists"
        | "about";
    }
  | { screen: "street" | "map" | "told"; worklist: number; usrn: string }
  | { screen: "badge"; worklist: number }
  | { screen: "house" | "register" | "survey" | "qr" | "hazard" | "address_note"; key: HouseKey }
  | { screen: "ask"; key: HouseKey; outcome: string }
  /** A door that was just called at: what came of it, and where to go on. */
  | { screen: "called"; key: HouseKey; eventId: string; outcome: string };

/** Answers true where it dealt with the back button itself. */
export type BackHandler = () => boolean;

export class Way {
  private routes: Route[] = [{ screen: "today" }];
  private listeners = new Set<() => void>();
  private handlers: BackHandler[] = [];
  /** How far each screen was scrolled when it was left, by depth. */
  private scrolled = new Map<number, number>();

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
    this.scrolled.delete(this.depth);
    this.window.history.pushState({ depth: this.depth }, "");
    this.tell();
  }

  /** Shows another screen in the place of this one: back leads to where this one was opened from. */
  replace(route: Route): void {
    this.routes[this.depth] = route;
    this.scrolled.delete(this.depth);
    this.tell();
  }

  back(): void {
    if (this.depth > 0) this.window.history.back();
  }

  /** Back to the nearest screen of this name; to the first screen where there is none. */
  backTo(screen: Route["screen"]): void {
    const at = this.routes.findLastIndex((route) => route.screen === screen);
    const steps = this.depth - Math.max(at, 0);
    if (steps > 0) this.window.history.go(-steps);
  }

  subscribe(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** While it is held, the back button asks `handler` first; the latest holder is asked alone. */
  hold(handler: BackHandler): () => void {
    this.handlers.push(handler);
    return () => {
      this.handlers = this.handlers.filter((one) => one !== handler);
    };
  }

  keepScroll(top: number): void {
    this.scrolled.set(this.depth, top);
  }

  keptScroll(): number {
    return this.scrolled.get(this.depth) ?? 0;
  }

  /** Forgets where one was: after a lock nothing says which house was open. */
  reset(): void {
    const depth = this.depth;
    this.routes = [{ screen: "today" }];
    this.scrolled.clear();
    if (depth > 0) this.window.history.go(-depth);
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
    this.tell();
  };

  private tell(): void {
    for (const listener of this.listeners) listener();
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

/** While `active`, the back button (the phone's and the screen's) asks `handler`: true where it dealt with it. */
export function useBack(active: boolean, handler: BackHandler): void {
  const way = useContext(WayContext);
  const latest = useLatest(handler);
  useEffect(() => (active && way ? way.hold(() => latest.current()) : undefined), [active, way]);
}
