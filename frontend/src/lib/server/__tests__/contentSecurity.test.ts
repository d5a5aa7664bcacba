// @vitest-environment node
import { expect, test } from "vitest";

import { contentSecurityPolicy, SONNER_STYLE_HASH } from "../contentSecurity";
import { installedStyleHash } from "./sonnerStyle";

test("the hash is that of the installed Sonner's style sheet", () => {
  expect(SONNER_STYLE_HASH).toBe(installedStyleHash());
});

test("the policy names no other host and lets no script run without its nonce", () => {
  const policy = contentSecurityPolicy("abc", false);
  expect(policy).not.toMatch(/https?:|\*/);
  expect(policy).toContain("script-src 'nonce-abc' 'strict-dynamic';");
});
