// @vitest-environment node
import { beforeEach, expect, test, vi } from "vitest";

import { isFromUs, safePath } from "../origin";

beforeEach(() => {
  vi.stubEnv("DELIGHT_ENVIRONMENT", "development");
});

function post(headers: Record<string, string>): Request {
  return new Request("http://here.example/api/v1/quests/request", {
    method: "POST",
    headers: { host: "here.example", ...headers },
  });
}

test("only our own pages may change something", () => {
  expect(isFromUs(post({ origin: "http://here.example" }))).toBe(true);
  expect(isFromUs(post({ origin: "http://evil.example" }))).toBe(false);
  expect(isFromUs(post({}))).toBe(false);
});

test("a way back never leads to another site", () => {
  expect(safePath("/quests?x=1")).toBe("/quests?x=1");
  for (const wanted of [
    "https://evil.example",
    "//evil.example",
    "/\\evil.example",
    "javascript:alert(1)",
    null,
  ]) {
    expect(safePath(wanted)).toBe("/");
  }
});
