/** Fields with their label, hint and what is wrong with them: tied together, so that a screen reader says all three. */

import type { ComponentChildren } from "preact";
import { useId, useState } from "preact/hooks";
import { Icon } from "./icons";
import { RoundButton } from "./parts";
import { say } from "./words";

interface Explained {
  hint?: string | undefined;
  /** What is wrong and how to mend it; "" where nothing is. */
  wrong?: string | undefined;
}

/** The ids that describe a field, for aria-describedby. */
function described(id: string, { hint, wrong }: Explained): string | undefined {
  return [hint && `${id}-hint`, wrong && `${id}-wrong`].filter(Boolean).join(" ") || undefined;
}

function Explanations({ id, hint, wrong }: Explained & { id: string }) {
  return (
    <>
      {hint && (
        <p class="hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
      {wrong && (
        <p class="wrong" id={`${id}-wrong`}>
          <Icon sign="warning" />
          <span>{wrong}</span>
        </p>
      )}
    </>
  );
}

export interface FieldProps extends Explained {
  label: ComponentChildren;
  value: string;
  onValue(value: string): void;
  kind?: "text" | "email" | "tel" | "search" | "date" | "time" | "password";
  /** Several lines. */
  long?: boolean;
  autocomplete?: AutoFill;
  autocapitalize?: "none" | "sentences" | "words" | "characters";
  inputMode?: "text" | "numeric" | "email" | "tel" | "search";
  enterKeyHint?: "next" | "done" | "search" | "go";
  spellcheck?: boolean;
  maxLength?: number;
  min?: string;
  max?: string;
  lang?: string;
  /** Beside the input, such as a button that shows a passphrase. */
  beside?: ComponentChildren;
}

/**
 * Nothing typed here is kept by the browser, unless `autocomplete` says otherwise: a control that is not "off" is written
 * into the files from which a browser puts its pages back after a crash, in clear.
 */
export function Field(props: FieldProps) {
  const {
    label,
    hint,
    wrong,
    value,
    onValue,
    kind = "text",
    long,
    beside,
    autocomplete = "off",
    ...rest
  } = props;
  const id = useId();
  const shared = {
    ...rest,
    id,
    autocomplete,
    class: "input",
    value,
    "aria-describedby": described(id, props),
    "aria-invalid": wrong ? ("true" as const) : undefined,
    onInput: (event: { currentTarget: { value: string } }) => onValue(event.currentTarget.value),
  };
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <Explanations id={id} hint={hint} wrong={wrong} />
      <div class="beside">
        {long ? <textarea {...shared} /> : <input type={kind as "text"} {...shared} />}
        {beside}
      </div>
    </div>
  );
}

type PassphraseProps = Explained & {
  label: string;
  value: string;
  onValue(value: string): void;
  isNew?: boolean;
};

/** A secret that is dots until its owner asks to see it; while it is seen, it is text like any other to the browser. */
export function Passphrase({ isNew, ...field }: PassphraseProps) {
  const [seen, setSeen] = useState(false);
  return (
    <Field
      {...field}
      kind={seen ? "text" : "password"}
      autocomplete={seen ? "off" : isNew ? "new-password" : "current-password"}
      autocapitalize="none"
      spellcheck={false}
      beside={
        <RoundButton
          sign="eye"
          name={seen ? say("passphrase.hide") : say("passphrase.show")}
          pressed={seen}
          onPress={() => setSeen(!seen)}
        />
      }
    />
  );
}

export interface Option<T extends string> {
  value: T;
  label: ComponentChildren;
  hint?: string;
  lang?: string;
}

interface ChoicesProps<T extends string> extends Explained {
  label: ComponentChildren;
  options: readonly Option<T>[];
  /** The label is there for screen readers alone. */
  labelUnseen?: boolean;
  /** Beside each other where there is room. */
  inRow?: boolean;
}

/** One of several; "" where none is chosen yet. */
export function Radios<T extends string>(
  props: ChoicesProps<T> & { value: T | ""; onValue(value: T): void },
) {
  const { value, onValue, ...choices } = props;
  const name = useId();
  return (
    <Choices {...choices}>
      {(option) => (
        <input
          type="radio"
          autocomplete="off"
          name={name}
          value={option.value}
          checked={value === option.value}
          onChange={() => onValue(option.value)}
        />
      )}
    </Choices>
  );
}

function Choices<T extends string>(
  props: ChoicesProps<T> & { children: (option: Option<T>) => ComponentChildren },
) {
  const { label, labelUnseen, hint, wrong, options, inRow, children } = props;
  const id = useId();
  return (
    <fieldset class="choices" aria-describedby={described(id, props)}>
      <legend class={labelUnseen ? "unseen" : ""}>{label}</legend>
      <Explanations id={id} hint={hint} wrong={wrong} />
      <div class={inRow ? "pair" : "rows"}>
        {options.map((option) => (
          <label class="choice" key={option.value} lang={option.lang}>
            {children(option)}
            <span class="grow">
              {option.label}
              {option.hint && <span class="choice-hint">{option.hint}</span>}
            </span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}

interface SelectProps extends Explained {
  label: ComponentChildren;
  options: readonly { value: string; label: string }[];
  value: string;
  onValue(value: string): void;
}

/** One of many, by the phone's own picker. */
export function Select({ label, hint, wrong, options, value, onValue }: SelectProps) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <Explanations id={id} hint={hint} wrong={wrong} />
      <select
        class="input"
        autocomplete="off"
        id={id}
        value={value}
        aria-describedby={described(id, { hint, wrong })}
        aria-invalid={wrong ? "true" : undefined}
        onChange={(event) => onValue(event.currentTarget.value)}
      >
        {options.map((option) => (
          <option key={option.value} value={option.value}>
            {option.label}
          </option>
        ))}
      </select>
    </div>
  );
}
