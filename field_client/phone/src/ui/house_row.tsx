/** A house in a list: hazards first, its number large, its flag with the reason in words. */

import type { HouseView } from "../contract";
import { fullAddress, type Said, type Side, saidOn } from "./address";
import { FlagMark, flagOf } from "./flag";
import { hazardsOf, tagsOf } from "./house_words";
import { Icon } from "./icons";
import { say } from "./words";

interface Props {
  view: HouseView;
  /** Left out: the whole address is shown, as where houses of several streets stand together. */
  said?: Said;
  /** Told under the number; "" where a heading tells it. */
  side?: Side;
  /** Told where houses of several lists stand together; "" where there is one list. */
  campaign?: string;
  onPress(): void;
}

export function HouseRow({ view, said, side = "", campaign = "", onPress }: Props) {
  const hazards = hazardsOf(view);
  const tags = tagsOf(view);
  const { lead, rest } = said ?? saidOn(view.street.name, view.house.address, false);
  const below = said ? rest : fullAddress(view.street.name, view.house.address);
  return (
    <button type="button" class={`house-row${hazards.length > 0 ? " hazardous" : ""}`} onClick={onPress}>
      {hazards.map((hazard) => (
        <span class="hazard-line" key={hazard}>
          <Icon sign="warning" size={20} />
          <span>
            <span class="unseen">{say("house.hazard")} </span>
            {hazard}
          </span>
        </span>
      ))}
      <span class="house-row-main">
        <span class={`lead${lead.length > 4 ? " long" : ""}`}>
          <span>{lead}</span>
          {side !== "" && <span class="lead-side">{say(`street.${side}_side`)}</span>}
        </span>
        <span class="grow">
          <span class="reason">
            <FlagMark flag={flagOf(view)} />
            <span>{view.decision.text}</span>
          </span>
          {below && below !== lead && <span class="beside-mark soft small block">{below}</span>}
          {campaign && <span class="beside-mark small block">{campaign}</span>}
          {tags.length > 0 && <span class="beside-mark soft small block">{tags.join(" · ")}</span>}
        </span>
        <Icon sign="next" size={20} />
      </span>
    </button>
  );
}
