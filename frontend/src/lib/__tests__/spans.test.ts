import { expect, test } from "vitest";

import { letterFilter } from "../adminQueries/deadLetters";
import { momentsOf, parseSpan } from "../spans";

const NOW = Date.parse("2026-06-01T12:00:00Z");

test("a span counts from the moment of the question", () => {
  expect(momentsOf(parseSpan("last-15m"), NOW)).toEqual({ after: "2026-06-01T11:45:00.000Z" });
  expect(momentsOf(parseSpan("over-7d"), NOW)).toEqual({ before: "2026-05-25T12:00:00.000Z" });
});

test("what is no span is no filter", () => {
  for (const text of [undefined, "", "last-", "over-1w", "last-99999999d", "<script>"]) {
    expect(momentsOf(parseSpan(text), NOW)).toEqual({});
  }
});

test("the filter of an address becomes the API's", () => {
  expect(letterFilter({ job_type: "nudge-delivery", age: "last-1h" }, NOW)).toEqual({
    job_type: "nudge-delivery",
    died_after: "2026-06-01T11:00:00.000Z",
  });
});
