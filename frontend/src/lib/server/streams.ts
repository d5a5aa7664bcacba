/** The SSE streams that this process passes on, by session: signing out ends them. */
import "server-only";

import { processWide } from "./processWide";

const open = processWide("streams", () => new Map<string, Set<AbortController>>());

/** A signal that aborts when the session ends, or with `request`. */
export function registerStream(sessionId: string, request: AbortSignal): AbortSignal {
  const controller = new AbortController();
  const streams = open.get(sessionId) ?? new Set();
  open.set(sessionId, streams.add(controller));
  request.addEventListener("abort", () => {
    controller.abort();
    streams.delete(controller);
    if (streams.size === 0) open.delete(sessionId);
  });
  return controller.signal;
}

/** Of every session, when this process shall end: streams would hold it up, and their readers resume elsewhere. */
export function endAllStreams(): void {
  for (const sessionId of [...open.keys()]) endStreams(sessionId);
}

export function endStreams(sessionId: string): void {
  for (const controller of open.get(sessionId) ?? []) controller.abort();
  open.delete(sessionId);
}
