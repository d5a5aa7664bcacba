import { expect, test } from "vitest";

import { strings } from "@/lib/strings/app";

import { ApiError, fieldProblems, isTransient, NetworkError, sentence } from "../errors";
import { MAX_RETRIES, retryDelay, shouldRetry } from "../retry";

test("people read sentences, never what a server says to programs", () => {
  expect(sentence(new NetworkError("x"))).toBe(strings.errors.away);
  expect(sentence(new ApiError(500, "internal_error", "Traceback"))).toBe(strings.errors.unexpected);
  expect(sentence(new ApiError(409, "conflict", "Another mission is active."))).toBe(
    "Another mission is active.",
  );
});

test("problems of a form are told by field", () => {
  const error = new ApiError(422, "invalid_request", "body.title: Too short; body.category: Unknown");
  expect(fieldProblems(error)).toEqual({ title: "Too short", category: "Unknown" });
});

test("what may pass is tried again, with growing pauses, never sooner than asked", () => {
  expect(isTransient(new ApiError(503, "x", "x"))).toBe(true);
  expect(shouldRetry(0, new ApiError(404, "not_found", "x"))).toBe(false);
  expect(shouldRetry(MAX_RETRIES, new NetworkError("x"))).toBe(false);
  const pauses = [0, 1, 2, 3].map((failures) => retryDelay(failures, undefined, () => 1));
  expect(pauses).toEqual([500, 1000, 2000, 4000]);
  expect(retryDelay(0, new ApiError(503, "x", "x", null, 7000))).toBe(7000);
});
