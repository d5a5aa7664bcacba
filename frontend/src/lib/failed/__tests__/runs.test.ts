import { expect, test } from "vitest";

import { aRun } from "@/lib/testing/consoleData";

import { notePace, paceOf } from "../runPace";
import { isOver, tallyRun } from "../runTally";

test("every planned letter is counted once, by what became of it", () => {
  const tally = tallyRun(aRun());
  expect(tally).toEqual({
    succeeded: 80,
    pending: 15,
    diedAgain: 4,
    otherwise: 1,
    skipped: 5,
    waiting: 395,
    planned: 500,
  });
});

test("letters that somebody else dealt with meanwhile are not waited for", () => {
  const done = aRun({ state: "done", planned: 500, retried: 490, skipped: 0, jobs: { succeeded: 490 } });
  expect(tallyRun(done).waiting).toBe(0);
  expect(isOver(done)).toBe(true);
  expect(isOver(aRun({ state: "done", jobs: { retrying: 1 } }))).toBe(false);
});

test("the pace is that of the last seconds", () => {
  const run = aRun({ id: "pace", skipped: 0 });
  expect(paceOf("pace")).toBeNull();
  notePace({ ...run, retried: 0 }, 0);
  notePace({ ...run, retried: 100 }, 1_000);
  expect(paceOf("pace")).toBe(100);
  notePace({ ...run, retried: 110 }, 6_000);
  notePace({ ...run, retried: 120 }, 11_000);
  // What is older than ten seconds counts no more.
  expect(paceOf("pace")).toBe(2);
});
