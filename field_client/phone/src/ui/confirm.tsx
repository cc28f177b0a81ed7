/** Questions over a screen. */

import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";
import { Button } from "./parts";
import { say } from "./words";

interface DialogProps {
  title: string;
  /** Asked for by Escape or the phone's back button. */
  onClose(): void;
  children?: ComponentChildren;
}

/** A question over the screen, for as long as it is drawn. */
export function Dialog({ title, onClose, children }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    const shown = dialog.current;
    if (shown && !shown.open) shown.showModal();
    return () => shown?.close();
  }, []);
  return (
    <dialog
      ref={dialog}
      class="ask"
      aria-labelledby={id}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
    >
      <div>
        <h2 class="title" id={id}>
          {title}
        </h2>
        {typeof children === "string" ? <p>{children}</p> : children}
      </div>
    </dialog>
  );
}

interface ConfirmProps {
  title: string;
  yes: string;
  no?: string;
  danger?: boolean;
  running?: boolean;
  onYes(): void;
  /** Asked for by Escape or the phone's back button too. */
  onNo(): void;
  children?: ComponentChildren;
}

/** Asks before something is done that is not easily taken back. */
export function Confirm({ title, yes, no, danger, running, onYes, onNo, children }: ConfirmProps) {
  return (
    <Dialog title={title} onClose={onNo}>
      {typeof children === "string" ? <p>{children}</p> : children}
      <Button kind={danger ? "danger" : "main"} off={running} onPress={onYes}>
        {yes}
      </Button>
      <Button onPress={onNo}>{no ?? say("cancel")}</Button>
    </Dialog>
  );
}
