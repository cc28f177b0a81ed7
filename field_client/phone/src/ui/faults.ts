/** Showing what is to be changed: the first fault on the screen comes into view, and its field takes the focus. */

/** Call it after a step was refused; it waits until the faults are drawn. */
export function showFirstFault(): void {
  requestAnimationFrame(() => {
    const fault = document.querySelector("main .wrong");
    fault
      ?.closest("fieldset, .field")
      ?.querySelector<HTMLElement>("input, select, textarea")
      ?.focus({ preventScroll: true });
    fault?.scrollIntoView({ block: "center" });
  });
}
