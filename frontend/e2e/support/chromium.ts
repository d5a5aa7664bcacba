/** The browser of the machine: no other is downloaded. */
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

import type { LaunchOptions } from "@playwright/test";

const NAMES = ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome"];

export function findChromium(): string {
  const given = process.env.DELIGHT_CHROMIUM;
  if (given !== undefined && given !== "") return given;
  for (const folder of (process.env.PATH ?? "").split(delimiter)) {
    for (const name of NAMES) {
      try {
        accessSync(join(folder, name), constants.X_OK);
        return join(folder, name);
      } catch {
        // Not here.
      }
    }
  }
  throw new Error("No Chromium was found: install Debian's chromium, or name one in DELIGHT_CHROMIUM.");
}

export const CHROMIUM: LaunchOptions = {
  executablePath: findChromium(),
  // It shows our own pages only, and CI runs as root in a container with little shared memory.
  args: ["--no-sandbox", "--disable-background-networking", "--disable-dev-shm-usage", "--disable-gpu"],
};
