import { expect, test } from "vitest";

import { ApiError } from "@/lib/api/errors";

import { apiProblems } from "../apiProblems";

const TEXT = '{\n  "user_id": "ada",\n  "count": 9\n}';

test("what the API found stands at the field that it names", () => {
  const error = new ApiError(
    422,
    "invalid_request",
    "The data do not fit quest.requested. count: Input should be less than or equal to 5; data: Odd.",
  );
  expect(apiProblems(error, TEXT)).toEqual([
    { field: "count", message: "Input should be less than or equal to 5", line: 3 },
    { field: "", message: "Odd", line: 1 },
  ]);
});

test("a refusal of the whole stands above it, and other errors are no problems of the payload", () => {
  const person = new ApiError(422, "invalid_request", "The event is about another person.");
  expect(apiProblems(person, TEXT)).toEqual([
    { field: "", message: "The event is about another person.", line: 1 },
  ]);
  expect(apiProblems(new ApiError(409, "conflict", "It is retrying."), TEXT)).toBeNull();
});
