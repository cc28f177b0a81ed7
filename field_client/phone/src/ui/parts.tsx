/** What every screen is made of: buttons, notices, tags, rows. Fields are in fields.tsx, the frame in screen.tsx. */

import type { ComponentChildren } from "preact";
import { Icon, type Sign } from "./icons";

export interface ButtonProps {
  onPress?(): void;
  /** main: what this screen is for; quiet: beside the way; danger: destroys something. */
  kind?: "plain" | "main" | "quiet" | "danger";
  sign?: Sign | undefined;
  left?: boolean;
  /** It is under way, or cannot be done now. It keeps the focus, so that nobody loses their place. */
  off?: boolean | undefined;
  describedBy?: string | undefined;
  /** Sends the form that it stands in. */
  submit?: boolean;
  children?: ComponentChildren;
}

export function Button(props: ButtonProps) {
  const { onPress, kind = "plain", sign, left, off, describedBy, submit, children } = props;
  return (
    <button
      type={submit ? "submit" : "button"}
      class={`button ${kind}${left ? " left" : ""}`}
      aria-disabled={off ? "true" : undefined}
      aria-describedby={describedBy}
      onClick={(event) => {
        if (off) event.preventDefault();
        else onPress?.();
      }}
    >
      {sign && <Icon sign={sign} />}
      <span>{children}</span>
    </button>
  );
}

interface RoundProps {
  sign: Sign;
  /** What a screen reader says. */
  name: string;
  pressed?: boolean;
  onPress(): void;
}

/** A round button that shows a sign alone. */
export function RoundButton({ sign, name, pressed, onPress }: RoundProps) {
  return (
    <button type="button" class="round" aria-label={name} aria-pressed={pressed} onClick={onPress}>
      <Icon sign={sign} />
    </button>
  );
}

const SIGNS = { info: "info", warn: "warning", danger: "warning", good: "check" } as const;

export interface NoticeProps {
  kind?: keyof typeof SIGNS;
  title?: string;
  /** Said at once by a screen reader: for what has just gone wrong. */
  alert?: boolean;
  children?: ComponentChildren;
}

export function Notice({ kind = "info", title, alert, children }: NoticeProps) {
  return (
    <div class={`notice ${kind}`} role={alert ? "alert" : undefined}>
      <Icon sign={SIGNS[kind]} />
      <div>
        {title && <p class="strong">{title}</p>}
        {typeof children === "string" ? <p>{children}</p> : children}
      </div>
    </div>
  );
}

/** A failure's sentence, said at once; nothing where there is none. */
export function Problem({ words }: { words: string }) {
  return words ? (
    <Notice kind="danger" alert>
      {words}
    </Notice>
  ) : null;
}

export type Tone = "go" | "later" | "done" | "stop" | "due" | "danger-ink";

interface TagProps {
  tone?: Tone;
  sign?: Sign;
  children?: ComponentChildren;
}

/** A word or two about something, with a shape before it. */
export function Tag({ tone = "stop", sign, children }: TagProps) {
  return (
    <span class={`tag ${tone}`}>
      {sign && <Icon sign={sign} size={16} />}
      <span>{children}</span>
    </span>
  );
}

interface SectionProps {
  title: string;
  children?: ComponentChildren;
}

export function Section({ title, children }: SectionProps) {
  return (
    <section class="rows" aria-label={title}>
      <h2 class="section">{title}</h2>
      {children}
    </section>
  );
}

/** A surface of rows. The role is said, because Safari takes it from lists without bullets. */
export function List({ label, children }: { label?: string; children?: ComponentChildren }) {
  return (
    <ul class="list" aria-label={label} role="list">
      {children}
    </ul>
  );
}

interface RowProps {
  onPress(): void;
  sign?: Sign;
  /** Before the arrow. */
  end?: ComponentChildren;
  children?: ComponentChildren;
}

/** A line of a List that leads somewhere. */
export function Row({ onPress, sign, end, children }: RowProps) {
  return (
    <li>
      <button type="button" class="row" onClick={onPress}>
        {sign && <Icon sign={sign} />}
        <span class="grow">{children}</span>
        {end}
        <Icon sign="next" size={20} />
      </button>
    </li>
  );
}
