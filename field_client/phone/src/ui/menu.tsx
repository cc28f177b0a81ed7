/** Everything that is not a door: where an officer finds it again. */

import type { FieldClient } from "../contract";
import { useClient } from "./hooks";
import { List, Row } from "./parts";
import { Screen } from "./screen";
import { useWay } from "./way";
import { say } from "./words";

type Plain = "recorded" | "sync" | "lists" | "end" | "guide" | "settings" | "about";

interface MenuProps {
  client: FieldClient;
  /** Leaves practice, where this is practice. */
  onLeavePractice(): void;
  onPractise(): void;
}

export function Menu({ client, onLeavePractice, onPractise }: MenuProps) {
  useClient(client);
  const way = useWay();
  const go = (screen: Plain) => () => way.go({ screen });
  const [first] = client.lists();
  return (
    <Screen title={say("menu.title")}>
      <List label={say("menu.title")}>
        <Row sign="check" onPress={go("recorded")}>
          {say("recorded.title")}
        </Row>
        <Row sign="sync" onPress={go("sync")}>
          {say("sync.title")}
        </Row>
        <Row sign="note" onPress={go("lists")}>
          {say("lists.title")}
        </Row>
        {first && (
          <Row sign="badge" onPress={() => way.go({ screen: "badge", worklist: first.worklist })}>
            {say("menu.badge")}
          </Row>
        )}
        <Row sign="clock" onPress={go("end")}>
          {say("ending.title")}
        </Row>
        <Row sign="info" onPress={go("guide")}>
          {say("menu.guide")}
        </Row>
        {client.practice ? (
          <Row sign="close" onPress={onLeavePractice}>
            {say("menu.leave_practice")}
          </Row>
        ) : (
          <Row sign="house" onPress={onPractise}>
            {say("menu.practise")}
          </Row>
        )}
        {!client.practice && (
          <Row sign="lock" onPress={go("settings")}>
            {say("settings.title")}
          </Row>
        )}
        <Row sign="phone" onPress={go("about")}>
          {say("about.title")}
        </Row>
      </List>
    </Screen>
  );
}
