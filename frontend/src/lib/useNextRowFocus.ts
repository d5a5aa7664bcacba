import { useLayoutEffect, useRef } from "react";

/**
 * A row that was dealt with leaves its table, and with it goes the focus of whoever pressed its button. The same button
 * of the row that takes its place is the next one to press. Put the ref around the row's buttons.
 */
export function useNextRowFocus() {
  const buttons = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const here = buttons.current;
    return () => {
      const row = here?.closest("tr");
      const active = document.activeElement;
      // A busy button is disabled, and browsers take the focus off it.
      const isLost = active === document.body && here?.querySelector("[aria-busy]") !== null;
      const neighbour = row?.nextElementSibling ?? row?.previousElementSibling;
      if (!neighbour || (!isLost && here?.contains(active) !== true)) return;
      const index = [...(row?.cells ?? [])].findIndex((cell) => cell.contains(here));
      // Once the row is gone.
      queueMicrotask(() => neighbour.children[index]?.querySelector<HTMLElement>("button")?.focus());
    };
  }, []);
  return buttons;
}
