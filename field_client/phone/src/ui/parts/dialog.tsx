import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";
import { say } from "../words";
import { Button } from "./button";

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

interface ConfirmProps extends DialogProps {
  yes: string;
  no?: string;
  danger?: boolean;
  running?: boolean;
  onYes(): void;
}

/** Asks before something is done that is not easily taken back. */
export function Confirm({ title, yes, no, danger, running, onYes, onClose, children }: ConfirmProps) {
  return (
    <Dialog title={title} onClose={onClose}>
      {typeof children === "string" ? <p>{children}</p> : children}
      <Button kind={danger ? "danger" : "main"} running={running} onClick={onYes}>
        {yes}
      </Button>
      <Button onClick={onClose}>{no ?? say("cancel")}</Button>
    </Dialog>
  );
}
