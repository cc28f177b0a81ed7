/** What anybody sees who opens the app: the officers on this phone, and nothing that is theirs. */

import { useEffect, useState } from "preact/hooks";
import type { DeviceSummary, FieldClient, Phone } from "../contract";
import { useAttempt } from "./attempt";
import { useClient, usePromised } from "./hooks";
import { Icon } from "./icons";
import { loaded } from "./loaded";
import { Button, List, Notice, Problem, Section } from "./parts";
import { Screen } from "./screen";
import { lockedLine } from "./sync_words";
import { Unlock } from "./unlock";
import { useRoute, useWay } from "./way";
import { say } from "./words";

const Enrol = loaded(() => import("./enrol").then((module) => module.Enrol));
const Gone = loaded(() => import("./gone").then((module) => module.Gone));

interface Props {
  phone: Phone;
  /** What the shift that has just ended came to; none before one did. */
  farewell: string;
  onOpen(client: FieldClient): void;
  onPractise(): Promise<void>;
}

export function First(props: Props) {
  const { phone, onOpen } = props;
  const route = useRoute(useWay());
  useClient(phone);
  const [looked, lookAgain] = useState(0);
  useEffect(() => phone.subscribe(() => lookAgain((n) => n + 1)), [phone]);
  const devices = usePromised(() => phone.devices(), [phone, looked]);
  const device = route.screen === "unlock" ? devices?.find((one) => one.id === route.deviceId) : undefined;
  if (route.screen === "enrol") return <Enrol phone={phone} code={route.code} onOpen={onOpen} />;
  if (device?.state === "active")
    return <Unlock key={device.id} phone={phone} device={device} onOpen={onOpen} />;
  if (device) return <Gone key={device.id} phone={phone} device={device} />;
  return devices ? <Officers {...props} devices={devices} /> : null;
}

function Officers({ phone, devices, farewell, onPractise }: Props & { devices: DeviceSummary[] }) {
  const way = useWay();
  const practising = useAttempt();
  const isNew = devices.length === 0;
  return (
    <Screen
      title={say("app.name")}
      back={false}
      bottom={
        <>
          <Problem words={practising.problem} />
          <Button
            kind={isNew ? "main" : "plain"}
            sign="plus"
            onPress={() => way.go({ screen: "enrol", code: "" })}
          >
            {say(isNew ? "first.begin" : "first.add")}
          </Button>
          <Button off={practising.running} onPress={() => void practising.run(onPractise)}>
            {say("menu.practise")}
          </Button>
        </>
      }
    >
      {farewell && <Notice kind="good">{farewell}</Notice>}
      <Update phone={phone} />
      {isNew ? (
        <Welcome />
      ) : (
        <Section title={say("first.who")}>
          <List>
            {devices.map((device) => (
              <DeviceRow key={device.id} device={device} />
            ))}
          </List>
        </Section>
      )}
    </Screen>
  );
}

function Update({ phone }: { phone: Phone }) {
  const restarting = useAttempt();
  if (!phone.updateReady()) return null;
  return (
    <Notice title={say("notice.update")}>
      <p>{say("notice.update_what")}</p>
      <Problem words={restarting.problem} />
      <Button off={restarting.running} onPress={() => void restarting.run(() => phone.restartWithUpdate())}>
        {say("notice.update_now")}
      </Button>
    </Notice>
  );
}

function Welcome() {
  return (
    <section class="welcome">
      <Icon sign="house" size={64} />
      <p class="title">{say("first.welcome")}</p>
      <p class="soft">{say("first.welcome_words")}</p>
    </section>
  );
}

function DeviceRow({ device }: { device: DeviceSummary }) {
  const way = useWay();
  const { state } = device;
  return (
    <li>
      <button
        type="button"
        class="row device"
        onClick={() => way.go({ screen: "unlock", deviceId: device.id })}
      >
        <Icon sign={state === "active" ? "lock" : "warning"} />
        <span class="grow">
          <span class="strong block">{device.label}</span>
          <span class="soft small number block">{lockedLine(device)}</span>
          {state !== "active" && <span class="danger-ink small strong block">{say(`gone.${state}`)}</span>}
        </span>
        <Icon sign="next" size={20} />
      </button>
    </li>
  );
}
