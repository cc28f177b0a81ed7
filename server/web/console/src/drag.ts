/** Streets of a proposal are dragged onto an officer: the same form that ticks and a choice send without it. */
export function enableDragging(form: HTMLFormElement): void {
  for (const hint of form.querySelectorAll<HTMLElement>("[data-drag-hint]")) hint.hidden = false;
  for (const row of form.querySelectorAll<HTMLElement>("[data-drag]")) {
    row.draggable = true;
    row.addEventListener("dragstart", (event) => {
      event.dataTransfer?.setData("text/plain", row.dataset.drag ?? "");
      if (event.dataTransfer) event.dataTransfer.effectAllowed = "move";
    });
  }
  for (const place of document.querySelectorAll<HTMLElement>("[data-drop]")) {
    place.addEventListener("dragover", (event) => {
      event.preventDefault();
      place.classList.add("drop-here");
    });
    place.addEventListener("dragleave", () => place.classList.remove("drop-here"));
    place.addEventListener("drop", (event) => {
      event.preventDefault();
      place.classList.remove("drop-here");
      give(form, event.dataTransfer?.getData("text/plain") ?? "", place.dataset.drop ?? "");
    });
  }
}

/** Tick the street that was dropped (with those ticked already, where it is one of them) and send the form. */
function give(form: HTMLFormElement, usrn: string, officer: string): void {
  const boxes = [...form.querySelectorAll<HTMLInputElement>("input[name=streets]")];
  const dropped = boxes.find((box) => box.value === usrn);
  const choice = form.querySelector<HTMLSelectElement>("select[name=officer]");
  if (!dropped || !choice) return;
  if (!dropped.checked) for (const box of boxes) box.checked = box === dropped;
  choice.value = officer;
  form.requestSubmit();
}
