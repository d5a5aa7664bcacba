import { expect, test } from "vitest";

import { endAllStreams, endStreams, registerStream } from "../streams";

test("signing out ends the streams of that session, and no others", () => {
  const mine = registerStream("mine", new AbortController().signal);
  const other = registerStream("other", new AbortController().signal);
  endStreams("mine");
  expect([mine.aborted, other.aborted]).toEqual([true, false]);
});

test("a process that ends takes every stream along", () => {
  const streams = ["one", "two"].map((session) => registerStream(session, new AbortController().signal));
  endAllStreams();
  expect(streams.map((stream) => stream.aborted)).toEqual([true, true]);
});
