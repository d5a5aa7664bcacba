import { act, renderHook, waitFor } from "@testing-library/react";
import { expect, test } from "vitest";

import { addJob, onSettledElsewhere, type PendingJob, usePendingJobs, whenSettled } from "../pendingJobs";

/** Another tab of the browser. */
function otherTab(): BroadcastChannel {
  return new BroadcastChannel("delight:jobs");
}

test("a job that another tab saw settled stays pending here until what it changed is loaded anew", async () => {
  const { result } = renderHook(() => usePendingJobs());
  act(() => addJob({ id: "one", kind: "complete", target: "mission" }));
  let loaded: () => void = () => undefined;
  const asked: PendingJob[] = [];
  const stop = onSettledElsewhere((job) => {
    asked.push(job);
    return new Promise<void>((resolve) => (loaded = resolve));
  });
  const settled = whenSettled("one");
  const tab = otherTab();
  tab.postMessage({ kind: "settled", id: "one", outcome: "succeeded" });
  await waitFor(() => expect(asked).toEqual([{ id: "one", kind: "complete", target: "mission" }]));
  expect(result.current).toHaveLength(1);
  act(() => loaded());
  await waitFor(() => expect(result.current).toEqual([]));
  await expect(settled).resolves.toBe("succeeded");
  tab.close();
  stop();
});

test("what another tab began is pending here, too", async () => {
  const { result } = renderHook(() => usePendingJobs());
  const tab = otherTab();
  tab.postMessage({ kind: "added", job: { id: "two", kind: "quests" } });
  await waitFor(() => expect(result.current).toEqual([{ id: "two", kind: "quests" }]));
  tab.close();
});
