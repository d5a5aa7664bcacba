/** The lines before and after an edit, side by side in one list; what stayed is folded but for its edges. */
import { diffLines } from "diff";

export interface DiffLine {
  kind: "same" | "removed" | "added";
  text: string;
}

export interface DiffFold {
  kind: "fold";
  /** How many lines that stayed are left out. */
  count: number;
}

export type DiffRow = DiffLine | DiffFold;

/** Unchanged lines that stay around a change. */
const AROUND = 2;

export function compareLines(before: string, after: string): DiffRow[] {
  const parts = diffLines(withEnd(before), withEnd(after));
  return parts.flatMap((part, index): DiffRow[] => {
    const lines = part.value.replace(/\n$/, "").split("\n");
    if (part.removed) return lines.map((text) => ({ kind: "removed", text }));
    if (part.added) return lines.map((text) => ({ kind: "added", text }));
    return folded(lines, index === 0 ? 0 : AROUND, index === parts.length - 1 ? 0 : AROUND);
  });
}

export function isChanged(rows: readonly DiffRow[]): boolean {
  return rows.some((row) => row.kind === "added" || row.kind === "removed");
}

/** Shows the first `head` and the last `tail` lines; a single line is shorter than the word that it is left out. */
function folded(lines: readonly string[], head: number, tail: number): DiffRow[] {
  const same = (text: string): DiffRow => ({ kind: "same", text });
  const count = lines.length - head - tail;
  if (count <= 1) return lines.map(same);
  return [
    ...lines.slice(0, head).map(same),
    { kind: "fold", count },
    ...(tail === 0 ? [] : lines.slice(-tail).map(same)),
  ];
}

function withEnd(text: string): string {
  return text.endsWith("\n") ? text : `${text}\n`;
}
