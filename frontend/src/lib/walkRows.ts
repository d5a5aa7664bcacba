import type { KeyboardEvent } from "react";

const STOPS = "a[href], button:not(:disabled), input:not(:disabled)";

/** Up and down move the focus to the same control of the row above or below. */
export function walkRows(event: KeyboardEvent<HTMLTableElement>): void {
  if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
  if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
  const here = event.target as HTMLElement;
  const row = here.closest("tr[data-row]");
  // A table within a row walks by itself; where something is typed, the keys are the field's.
  if (row?.closest("table") !== event.currentTarget) return;
  if (here.matches("select, textarea, input:not([type=checkbox])")) return;
  const index = [...row.querySelectorAll(STOPS)].indexOf(here);
  let next: Element | null = row;
  do {
    next = event.key === "ArrowDown" ? next.nextElementSibling : next.previousElementSibling;
    if (next?.matches("[data-row]") !== true) continue;
    const stops: NodeListOf<HTMLElement> = next.querySelectorAll(STOPS);
    const stop = stops[Math.min(Math.max(index, 0), stops.length - 1)];
    if (stop !== undefined) {
      event.preventDefault();
      stop.focus();
      return;
    }
  } while (next !== null);
}
