/** The language in which a resident reads a screen: chosen on it, its file loaded when it is. */

import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { ENGLISH, type Key, LANGUAGES, load } from "../languages";
import type { Say } from "../languages/messages";
import { Screen } from "./screen";
import "./resident.css";

export interface Speaking {
  say: Say<Key>;
  choose(language: string): void;
}

/**
 * Begins in `first` where there is a file for it, else in English; until the file is there, in English too. `onChoose` is
 * told what is chosen.
 */
export function useSpeaking(first: string, onChoose?: (language: string) => void): Speaking {
  const [wanted, setWanted] = useState(first);
  const [say, setSay] = useState<Say<Key>>(() => ENGLISH);
  useEffect(() => {
    let current = true;
    load(wanted).then(
      (loaded) => current && setSay(() => loaded),
      () => undefined,
    );
    return () => {
      current = false;
    };
  }, [wanted]);
  function choose(language: string): void {
    setWanted(language);
    onChoose?.(language);
  }
  return { say, choose };
}

/** Languages among `offered` that the phone's screens speak themselves. */
export function spoken(offered: readonly string[]): string[] {
  return Object.keys(LANGUAGES).filter((language) => offered.includes(language));
}

interface SwitchProps {
  speaking: Speaking;
  /** The languages that there are texts in; left out, all that the phone's screens speak. */
  offered?: readonly string[];
}

/** Every language under its own name, so that who reads no other finds theirs. Nothing where there is but one. */
export function LanguageSwitch({ speaking, offered = Object.keys(LANGUAGES) }: SwitchProps) {
  const { say, choose } = speaking;
  const languages = spoken(offered);
  if (languages.length < 2) return null;
  return (
    <div class="languages" role="group" aria-label={say("language")} lang={say.language}>
      {languages.map((language) => (
        <button
          key={language}
          type="button"
          lang={language}
          aria-pressed={say.language === language}
          onClick={() => choose(language)}
        >
          {LANGUAGES[language]?.name}
        </button>
      ))}
    </div>
  );
}

interface SpokenScreenProps {
  speaking: Speaking;
  title: string;
  /** The languages that there are texts in; left out, all that the phone's screens speak. */
  offered?: readonly string[];
  back?: (() => void) | false;
  bottom?: ComponentChildren;
  /** Above the switch, in the officer's words. */
  before?: ComponentChildren;
  children: ComponentChildren;
}

/** A screen that the resident reads, all of it in their language. */
export function SpokenScreen({
  speaking,
  title,
  offered,
  back,
  bottom,
  before,
  children,
}: SpokenScreenProps) {
  const { say } = speaking;
  return (
    <Screen
      step
      title={title}
      lang={say.language}
      backName={say("back")}
      {...(back !== undefined && { back })}
      bottom={
        bottom && (
          <div class="rows" lang={say.language}>
            {bottom}
          </div>
        )
      }
    >
      {before}
      <LanguageSwitch speaking={speaking} {...(offered && { offered })} />
      <div class="shown" lang={say.language}>
        {children}
      </div>
    </Screen>
  );
}
