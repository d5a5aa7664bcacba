// @vitest-environment node
import { expect, test } from "vitest";

import { readSettings } from "../settings";

const SECRET = "s".repeat(40);
const PRODUCTION = {
  DELIGHT_WEB_URL: "https://delight.example",
  DELIGHT_WEB_SESSION_SECRET: SECRET,
  DELIGHT_WEB_CLIENT_ID: "web",
  DELIGHT_AUTH_ISSUER: "https://issuer.example",
};

test("production is the default, and needs its settings by name", () => {
  expect(readSettings(PRODUCTION).isDevelopment).toBe(false);
  for (const name of Object.keys(PRODUCTION)) {
    expect(() => readSettings({ ...PRODUCTION, [name]: undefined })).toThrow(name);
  }
});

test("the development secret is refused in production", () => {
  const environment = { ...PRODUCTION, DELIGHT_AUTH_DEVELOPMENT_SECRET: SECRET };
  expect(() => readSettings(environment)).toThrow("DELIGHT_AUTH_DEVELOPMENT_SECRET");
  expect(readSettings({ ...environment, DELIGHT_ENVIRONMENT: "development" }).isDevelopment).toBe(true);
});
