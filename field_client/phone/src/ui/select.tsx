/** One of many, in the phone's own list. */

import { useId } from "preact/hooks";

interface Props {
  label: string;
  options: readonly { value: string; label: string }[];
  value: string;
  onValue(value: string): void;
}

export function Select({ label, options, value, onValue }: Props) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <select class="input" id={id} value={value} onChange={(event) => onValue(event.currentTarget.value)}>
        {options.map((option) => (
          <option key={option.value} value={option.value}>
            {option.label}
          </option>
        ))}
      </select>
    </div>
  );
}
