import type { ComponentChildren } from "preact";
import { Icon, type Sign } from "../icons";

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
