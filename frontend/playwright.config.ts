/** The end-to-end tests: the real system and the production build, in Debian's Chromium. `make web-e2e` runs them. */
import { defineConfig, devices } from "@playwright/test";

import { CHROMIUM } from "./e2e/support/chromium";

export default defineConfig({
  testDir: "e2e",
  globalSetup: "./e2e/support/globalSetup.ts",
  // One system serves all tests, and some of them kill its processes.
  workers: 1,
  timeout: 180_000,
  // A machine that is busy with other tests is slow, not wrong.
  expect: { timeout: 30_000 },
  retries: process.env.CI === undefined ? 0 : 1,
  forbidOnly: process.env.CI !== undefined,
  reporter: process.env.CI === undefined ? "list" : [["list"], ["html", { open: "never" }]],
  use: {
    ...devices["Desktop Chrome"],
    viewport: { width: 1280, height: 900 },
    contextOptions: { reducedMotion: "reduce" },
    launchOptions: CHROMIUM,
    actionTimeout: 30_000,
    trace: "on-first-retry",
    screenshot: "only-on-failure",
  },
});
