/** Typing visits in: of the fields that few visits need, each row shows those that its outcome asks for. */
export function keepShort(form: HTMLFormElement): void {
  const days = form.querySelector<HTMLElement>("[data-entry-days]");
  const several = days?.querySelector("input");
  if (days) days.hidden = false;
  const rows = [...form.querySelectorAll<HTMLElement>("[data-entry-row]")];
  for (const row of rows) {
    row.addEventListener("change", () => show(row, several?.checked ?? false));
    show(row, several?.checked ?? false);
  }
  several?.addEventListener("change", () => {
    for (const row of rows) show(row, several.checked);
  });
}

function show(row: HTMLElement, severalDays: boolean): void {
  const chosen = row.querySelector<HTMLSelectElement>("select")?.selectedOptions[0];
  const needs = (chosen?.dataset.needs ?? "").split(" ");
  for (const field of row.querySelectorAll<HTMLElement>("[data-for]")) {
    const input = field.querySelector<HTMLInputElement | HTMLSelectElement>("input, select");
    const about = field.dataset.for ?? "";
    const wanted = needs.includes(about) || (about === "day" && severalDays);
    field.hidden = !wanted && !input?.value && !field.querySelector(".govuk-error-message");
  }
}
