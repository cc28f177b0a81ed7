import type { ComponentChildren } from "preact";
import { Icon, type Sign } from "../icons";

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
  onClick(): void;
  sign?: Sign;
  /** Before the arrow. */
  end?: ComponentChildren;
  children?: ComponentChildren;
}

/** A line of a List that leads somewhere. */
export function Row({ onClick, sign, end, children }: RowProps) {
  return (
    <li>
      <button type="button" class="row" onClick={onClick}>
        {sign && <Icon sign={sign} />}
        <span class="grow">{children}</span>
        {end}
        <Icon sign="next" size={20} />
      </button>
    </li>
  );
}
