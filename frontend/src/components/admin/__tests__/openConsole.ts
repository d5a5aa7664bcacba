import type { ReactNode } from "react";

import { type Answer, answerWith, renderConsole } from "@/lib/testing/renderConsole";

/** Opens a page of the console at an address. */
export function openConsole(page: ReactNode, address: string, answers: Record<string, Answer>) {
  window.history.replaceState(null, "", address);
  const asked = answerWith(answers);
  renderConsole(page);
  return { asked };
}

/** The row in which `cell` stands. */
export function rowOf(cell: HTMLElement): HTMLElement {
  const row = cell.closest("tr");
  if (row === null) throw new Error("It stands in no row");
  return row;
}
