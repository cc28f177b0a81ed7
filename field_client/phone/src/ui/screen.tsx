/** The frame of every screen: title, back, the stripe of practice, what scrolls, and what stays in the thumb's reach. */

import { type ComponentChildren, createContext } from "preact";
import { useContext, useEffect, useLayoutEffect, useRef } from "preact/hooks";
import type { FieldClient } from "../contract";
import { UndoBar } from "./door";
import { RoundButton } from "./parts";
import { WayContext } from "./way";
import { say } from "./words";

/** The unlocked client that the screens inside work on; null before anything is unlocked. */
export const ClientContext = createContext<FieldClient | null>(null);

/** The client of the screen. Only for screens that stand inside an unlocked store. */
export function useFieldClient(): FieldClient {
  const client = useContext(ClientContext);
  if (!client) throw new Error("this screen needs an unlocked client");
  return client;
}

export interface ScreenProps {
  title: string;
  /** What the back button does; left out: one screen back, where there is one; false: there is no back button. */
  back?: (() => void) | false;
  backName?: string;
  /** At the end of the bar. */
  actions?: ComponentChildren;
  /** Under the bar: a search field, filters. */
  under?: ComponentChildren;
  /** Pinned to the lower edge. */
  bottom?: ComponentChildren;
  /** The content goes to the edges, such as a long list. */
  edge?: boolean;
  /** The language of the title and of `backName`, where it is not the officer's. */
  lang?: string;
  /** One of several steps at one place of the way: it opens at its top. */
  step?: boolean;
  /** The focus stays where the screen puts it, such as in its only field. */
  keepFocus?: boolean;
  children?: ComponentChildren;
}

/**
 * When it opens, the focus moves to its title, so that a screen reader says where one is. The page's own title stays the
 * app's name: a browser keeps titles in its history on disk, and shows them in its list of open pages, locked or not.
 */
export function Screen(props: ScreenProps) {
  const { title, actions, under, bottom, edge, lang } = props;
  const client = useContext(ClientContext);
  const way = useContext(WayContext);
  const heading = useRef<HTMLHeadingElement>(null);
  const main = useRef<HTMLElement>(null);

  useEffect(() => {
    if (!props.keepFocus) heading.current?.focus({ preventScroll: true });
  }, []);
  useKeptScroll(main, !props.step);

  const back = props.back === undefined && way && way.depth > 0 ? () => way.back() : props.back;
  return (
    <div class="screen">
      <header>
        {client?.practice && <p class="stripe">{say("practice.stripe")}</p>}
        <div class="bar" lang={lang}>
          {back && <RoundButton sign="back" name={props.backName ?? say("back")} onPress={back} />}
          <h1 ref={heading} tabIndex={-1}>
            {title}
          </h1>
          {actions}
        </div>
        {under}
      </header>
      {/* What scrolls is reached by the keyboard, also where nothing stands in it but words. */}
      <main ref={main} class={edge ? "edge" : ""} tabIndex={0}>
        {props.children}
      </main>
      <footer>
        {client && <UndoBar client={client} />}
        {bottom}
      </footer>
    </div>
  );
}

/** What scrolls around an element: the screen's content, or all of it where the screen is short or its text large. */
export function scrollerOf(element: Element): Element | null {
  const main = element.closest("main");
  return main && getComputedStyle(main).overflowY === "visible" ? main.closest("#app") : main;
}

/** Back on a screen, one finds it as one left it, each depth of the way in its own place; all others open at their top. */
function useKeptScroll(main: { readonly current: HTMLElement | null }, isKept: boolean): void {
  const way = useContext(WayContext);
  useLayoutEffect(() => {
    const scrolled = main.current && scrollerOf(main.current);
    if (!scrolled) return;
    scrolled.scrollTop = isKept && way ? Number(way.keptAt("scroll") ?? 0) : 0;
    if (!way || !isKept) return;
    const keep = () => way.keep("scroll", scrolled.scrollTop);
    scrolled.addEventListener("scroll", keep, { passive: true });
    return () => scrolled.removeEventListener("scroll", keep);
  }, [way]);
}
