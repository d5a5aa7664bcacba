import { useRef, useState } from "react";

/** Rows chosen by hand, over several pages of a table. With the shift key everything up to the last one is chosen. */
export function useSelection(visible: readonly string[], most: number) {
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const last = useRef<string | null>(null);

  function choose(ids: readonly string[], isChosen: boolean): void {
    setChosen((before) => {
      const next = new Set(before);
      for (const id of ids) {
        if (!isChosen) next.delete(id);
        else if (next.size < most) next.add(id);
      }
      return next;
    });
  }

  const visibleChosen = visible.filter((id) => chosen.has(id)).length;
  return {
    ids: [...chosen],
    count: chosen.size,
    /** Chosen on other pages, or gone from this one since. */
    elsewhere: chosen.size - visibleChosen,
    isFull: chosen.size >= most,
    isChosen: (id: string): boolean => chosen.has(id),
    toggle: (id: string, isRange = false): void => {
      const from = last.current === null ? -1 : visible.indexOf(last.current);
      const to = visible.indexOf(id);
      const range = isRange && from >= 0 ? visible.slice(Math.min(from, to), Math.max(from, to) + 1) : [id];
      last.current = id;
      choose(range, !chosen.has(id));
    },
    all: visible.length > 0 && visibleChosen === visible.length,
    some: visibleChosen > 0 && visibleChosen < visible.length,
    toggleAll: (): void => choose(visible, visibleChosen < visible.length),
    drop: (ids: readonly string[]): void => choose(ids, false),
    clear: (): void => setChosen(new Set()),
  };
}

export type Selection = ReturnType<typeof useSelection>;
