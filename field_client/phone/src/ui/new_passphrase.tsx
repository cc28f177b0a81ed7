/** Choosing a passphrase: the rules, how strong it is, and how to better it. */

import type { Phone } from "../contract";
import { Passphrase } from "./fields";
import { say } from "./words";

interface Props {
  phone: Phone;
  value: string;
  onValue(value: string): void;
  /** It was sent: what is wrong with it is said beside the field. */
  asked: boolean;
}

export function NewPassphrase({ phone, value, onValue, asked }: Props) {
  const { strength, accepted, words } = phone.advise(value);
  return (
    <div class="rows">
      <Passphrase
        isNew
        label={say("passphrase.new")}
        hint={say("passphrase.rules")}
        wrong={asked && !accepted ? words : ""}
        value={value}
        onValue={onValue}
      />
      {value !== "" && (
        <>
          <meter
            class="strength"
            min={0}
            low={2}
            high={3}
            optimum={4}
            max={4}
            value={strength}
            aria-label={say("passphrase.strength")}
          />
          <p class="small" role="status">
            {asked && !accepted ? "" : words}
          </p>
        </>
      )}
    </div>
  );
}
