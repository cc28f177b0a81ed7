/** What is shown where a screen fails to draw: a way back, instead of nothing. */

import { Component, type ComponentChildren } from "preact";
import { FieldProblem } from "../contract";
import { sentenceOf } from "./attempt";
import { Button, Notice } from "./parts";
import { Screen } from "./screen";
import { say } from "./words";

interface Props {
  onLeave(): void;
  children?: ComponentChildren;
}

/** A store that locks while a screen reads it is no failure: the first screen takes the place of all others at once. */
export class Guarded extends Component<Props, { failed: unknown }> {
  override state = { failed: null as unknown };

  override componentDidCatch(error: unknown): void {
    this.setState({ failed: error });
  }

  override render() {
    const { failed } = this.state;
    if (failed === null) return this.props.children;
    if (failed instanceof FieldProblem && failed.code === "locked") return null;
    return (
      <Screen
        title={say("problem.title")}
        back={false}
        bottom={
          <Button kind="main" onPress={this.props.onLeave}>
            {say("problem.leave")}
          </Button>
        }
      >
        <Notice kind="danger" alert>
          {sentenceOf(failed)}
        </Notice>
      </Screen>
    );
  }
}
