/** Houses of whatever streets and lists, one under the other; each leads to its house. */

import type { HouseView, ListInfo } from "../contract";
import { HouseRow } from "./house_row";
import { campaignOf } from "./house_words";
import { List } from "./parts";
import { useWay } from "./way";

interface Props {
  views: readonly HouseView[];
  lists: readonly ListInfo[];
  label?: string;
}

export function HouseRows({ views, lists, label }: Props) {
  const way = useWay();
  return (
    <List {...(label !== undefined && { label })}>
      {views.map((view) => (
        <li key={`${view.key.worklist} ${view.key.uprn}`}>
          <HouseRow
            view={view}
            campaign={campaignOf(lists, view.key)}
            onPress={() => way.go({ screen: "house", key: view.key })}
          />
        </li>
      ))}
    </List>
  );
}
