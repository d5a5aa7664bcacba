import { expect, test } from "vitest";

import { aJob } from "@/lib/testing/consoleData";

import { settledAttempts } from "../settledAttempts";

const failed = {
  ...aJob(),
  outcome: "retrying",
  worker: "w-1",
  error_type: "ModelTimeout",
  error_message: "No answer",
  error_stacktrace: null,
};

test("a job that succeeded at once has one attempt", () => {
  expect(settledAttempts(aJob())).toMatchObject([{ attempt: 1, outcome: "succeeded" }]);
});

test("one that succeeded later has those before it, and one that waits has no more", () => {
  const attempts = [{ ...failed, delivery: 1 }];
  expect(settledAttempts(aJob({ attempts, delivery: 2, attempt: 2 }))).toMatchObject([
    { outcome: "retrying" },
    { outcome: "succeeded", attempt: 2 },
  ]);
  expect(settledAttempts(aJob({ attempts, delivery: 1, status: "retrying" }))).toHaveLength(1);
  expect(settledAttempts(aJob({ attempts, delivery: 2, status: "retrying" }))).toHaveLength(1);
});

test("one that was cancelled before its turn has none", () => {
  expect(settledAttempts(aJob({ status: "cancelled", attempt: 0 }))).toEqual([]);
});
