import { useSyncExternalStore } from "react";

import { onThemeChange, shownTheme, type Theme } from "./theme";

/** What this page shows now; "system" while the page comes from the server. */
export function useTheme(): Theme {
  return useSyncExternalStore(onThemeChange, shownTheme, () => "system");
}
