/** Light, dark, or like the device: kept in a cookie, so that the first paint is already right. */

export const THEME_COOKIE = "delight_theme";

export const THEMES = ["system", "light", "dark"] as const;

export type Theme = (typeof THEMES)[number];

const listeners = new Set<() => void>();

export function asTheme(value: string | null | undefined): Theme {
  return THEMES.find((theme) => theme === value) ?? "system";
}

/** What this page shows now. */
export function shownTheme(): Theme {
  return asTheme(document.documentElement.dataset.theme);
}

/** Shows the theme now, and on the next pages. */
export function applyTheme(theme: Theme): void {
  if (theme === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  for (const listener of listeners) listener();
  document.cookie = `${THEME_COOKIE}=${theme}; path=/; max-age=31536000; samesite=lax`;
}

/** Calls `listener` whenever somebody chooses another. */
export function onThemeChange(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
