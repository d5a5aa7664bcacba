/** The windows that the console looks back on, in minutes. The lag is kept for two days. */
export const WINDOWS = [15, 60, 360, 1440, 2880] as const;

export type WindowMinutes = (typeof WINDOWS)[number];

const USUAL: WindowMinutes = 60;

/** The window that an address asks for; the usual one when there is none such. */
export function asWindow(asked: string | null | undefined): WindowMinutes {
  return WINDOWS.find((it) => String(it) === asked) ?? USUAL;
}
