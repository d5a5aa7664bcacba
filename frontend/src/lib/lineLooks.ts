/** How the lines of a chart look: six colours, and a dash for the second six, so that none depends on colour alone. */

const COLOURS = [
  "var(--accent)",
  "var(--health)",
  "var(--growth)",
  "var(--sun)",
  "var(--connection)",
  "var(--craft)",
] as const;
const DASHES = [undefined, "6 3", "2 3"] as const;

export interface LineLook {
  colour: string;
  dash: string | undefined;
}

export function lineLook(index: number): LineLook {
  return {
    colour: COLOURS[index % COLOURS.length] ?? COLOURS[0],
    dash: DASHES[Math.floor(index / COLOURS.length) % DASHES.length],
  };
}
