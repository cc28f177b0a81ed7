import type { ComponentChildren } from "preact";
import { Icon, type Sign } from "../icons";

export interface ButtonProps {
  onClick?(): void;
  /** main: what this screen is for; quiet: beside the way; danger: destroys something. */
  kind?: "plain" | "main" | "quiet" | "danger";
  sign?: Sign | undefined;
  left?: boolean;
  /** It is under way, or cannot be done now. It keeps the focus, so that nobody loses their place. */
  running?: boolean | undefined;
  describedBy?: string | undefined;
  /** Sends the form that it stands in. */
  submit?: boolean;
  children?: ComponentChildren;
}

export function Button(props: ButtonProps) {
  const { onClick, kind = "plain", sign, left, running, describedBy, submit, children } = props;
  return (
    <button
      type={submit ? "submit" : "button"}
      class={`button ${kind}${left ? " left" : ""}`}
      aria-disabled={running ? "true" : undefined}
      aria-describedby={describedBy}
      onClick={(event) => {
        if (running) event.preventDefault();
        else onClick?.();
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
  onClick(): void;
}

/** A round button that shows a sign alone. */
export function RoundButton({ sign, name, pressed, onClick }: RoundProps) {
  return (
    <button type="button" class="round" aria-label={name} aria-pressed={pressed} onClick={onClick}>
      <Icon sign={sign} />
    </button>
  );
}
