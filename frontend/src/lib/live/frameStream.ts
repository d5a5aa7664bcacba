/** One SSE stream of the person's: connects with a ticket, resumes after the last frame, and tries again with back-off. */
import { createParser } from "eventsource-parser";

import { api, answered } from "@/lib/api/client";
import { ApiError, isAway } from "@/lib/api/errors";
import { retryDelay } from "@/lib/api/retry";
import { reportAnswer } from "@/lib/connection";
import type { Frame } from "@/types/frames";

export type StreamName = "updates" | "companion/stream";

export interface ReceivedFrame {
  /** Where to resume after it. */
  id: string;
  frame: Frame;
}

export interface FrameStreamHandlers {
  onFrame: (received: ReceivedFrame) => void;
  /** Whether frames arrive now. */
  onOpen: (isOpen: boolean) => void;
  /** The session is over: it will not connect again. */
  onSignedOut: () => void;
}

// The server's heartbeats come every 15 s: a connection that is silent for longer is dead, whatever TCP believes.
const SILENCE_MS = 45_000;
// A connection that held this long was well: the next failure starts the back-off anew.
const WELL_AFTER_MS = 10_000;

export class FrameStream {
  #cursor: string | null;
  #closed = new AbortController();

  constructor(
    private readonly name: StreamName,
    private readonly handlers: FrameStreamHandlers,
    cursor: string | null = null,
  ) {
    this.#cursor = cursor;
  }

  /** Reads until `close`. */
  async run(): Promise<void> {
    let failures = 0;
    let wasOpen = false;
    while (!this.#closed.signal.aborted) {
      const began = Date.now();
      let problem: unknown;
      try {
        await this.#readOnce(() => {
          // Without a cursor nothing says what was missed in between.
          if (wasOpen && this.#cursor === null) this.handlers.onFrame({ id: "", frame: { type: "reset" } });
          wasOpen = true;
          reportAnswer(true);
          this.handlers.onOpen(true);
        });
      } catch (error) {
        problem = error;
      }
      this.handlers.onOpen(false);
      if (this.#isClosed()) return;
      if (problem instanceof ApiError && problem.status === 401) {
        this.handlers.onSignedOut();
        return;
      }
      // Often the first to notice, since a page that is only looked at asks for nothing.
      if (isAway(problem)) reportAnswer(false);
      failures = Date.now() - began > WELL_AFTER_MS ? 0 : failures + 1;
      await this.#pause(retryDelay(Math.max(0, failures - 1), problem));
    }
  }

  close(): void {
    this.#closed.abort();
  }

  #isClosed(): boolean {
    return this.#closed.signal.aborted;
  }

  async #readOnce(onConnected: () => void): Promise<void> {
    const connection = new AbortController();
    const abort = () => connection.abort();
    this.#closed.signal.addEventListener("abort", abort);
    let watchdog: ReturnType<typeof setTimeout> | undefined;
    try {
      const { ticket } = await answered(api.POST("/api/v1/sse/tickets", { signal: connection.signal }));
      const query = new URLSearchParams({ ticket });
      if (this.#cursor !== null) query.set("last_event_id", this.#cursor);
      const response = await fetch(`/api/v1/sse/${this.name}?${query.toString()}`, {
        headers: { accept: "text/event-stream" },
        cache: "no-store",
        signal: connection.signal,
      });
      if (!response.ok || response.body === null) {
        throw new ApiError(response.status, "stream_refused", response.statusText);
      }
      onConnected();
      const parser = createParser({
        onEvent: ({ id, data }) => {
          if (id !== undefined) this.#cursor = id;
          this.handlers.onFrame({ id: this.#cursor ?? "", frame: JSON.parse(data) as Frame });
        },
      });
      const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
      for (;;) {
        watchdog = setTimeout(abort, SILENCE_MS);
        const { done, value } = await reader.read();
        clearTimeout(watchdog);
        if (done) return;
        parser.feed(value);
      }
    } finally {
      clearTimeout(watchdog);
      this.#closed.signal.removeEventListener("abort", abort);
      connection.abort();
    }
  }

  async #pause(milliseconds: number): Promise<void> {
    const signal = this.#closed.signal;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(done, milliseconds);
      function done() {
        clearTimeout(timer);
        signal.removeEventListener("abort", done);
        window.removeEventListener("online", done);
        resolve();
      }
      signal.addEventListener("abort", done);
      window.addEventListener("online", done);
    });
  }
}
