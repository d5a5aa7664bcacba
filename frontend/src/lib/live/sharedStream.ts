/**
 * One stream for all tabs of a browser. The tab that holds the lock reads it and tells the others; when that tab goes, the
 * next one gets the lock and resumes after the last frame it was told. So ten tabs take one connection, of the six that a
 * browser opens to a host and of the five streams that the API allows a person.
 */
import { FrameStream, type ReceivedFrame, type StreamName } from "./frameStream";

export interface SharedStreamHandlers {
  onFrame: (received: ReceivedFrame) => void;
  onOpen: (isOpen: boolean) => void;
  onSignedOut: () => void;
}

type Word =
  | { kind: "frame"; received: ReceivedFrame }
  | { kind: "state"; isOpen: boolean; cursor: string | null }
  | { kind: "replay"; received: readonly ReceivedFrame[] }
  | { kind: "hello" };

// As many as the server keeps.
const KEPT_FRAMES = 500;

/** Reads the stream, directly or from the tab that does, after the frame `from`; the function returned ends it. */
export function shareStream(
  subject: string,
  name: StreamName,
  handlers: SharedStreamHandlers,
  from: string | null = null,
): () => void {
  const channelName = `delight:${name}:${subject}`;
  const channel = new BroadcastChannel(channelName);
  const leaving = new AbortController();
  let cursor = from;
  let isOpen = false;
  let isReader = false;
  // A tab that wants what was before waits for it, and only then takes what comes.
  let isJoining = from !== null;
  let kept: ReceivedFrame[] = [];

  function say(word: Word): void {
    if (!leaving.signal.aborted) channel.postMessage(word);
  }
  function receive(received: ReceivedFrame): void {
    // The next reader replays from its own cursor, and others may be further.
    if (received.id !== "" && cursor !== null && !isAfter(received.id, cursor)) return;
    if (received.id !== "") cursor = received.id;
    if (from !== null) kept = [...kept.slice(1 - KEPT_FRAMES), received];
    handlers.onFrame(received);
  }
  function turn(open: boolean): void {
    if (open === isOpen || leaving.signal.aborted) return;
    isOpen = open;
    handlers.onOpen(open);
  }

  channel.onmessage = ({ data: word }: MessageEvent<Word>) => {
    if (word.kind === "hello") {
      if (!isReader) return;
      say({ kind: "state", isOpen, cursor });
      say({ kind: "replay", received: kept });
      return;
    }
    if (isReader) return;
    if (word.kind === "frame") {
      if (!isJoining) receive(word.received);
    } else if (word.kind === "replay") {
      if (isJoining) word.received.forEach(receive);
      isJoining = false;
    } else {
      cursor ??= word.cursor;
      turn(word.isOpen);
    }
  };

  async function read(): Promise<void> {
    if (leaving.signal.aborted) return;
    isReader = true;
    isJoining = false;
    const stream = new FrameStream(
      name,
      {
        onFrame: (received) => {
          receive(received);
          say({ kind: "frame", received });
        },
        onOpen: (open) => {
          turn(open);
          say({ kind: "state", isOpen: open, cursor });
        },
        onSignedOut: handlers.onSignedOut,
      },
      cursor,
    );
    leaving.signal.addEventListener("abort", () => stream.close());
    await stream.run();
  }

  if ("locks" in navigator) {
    navigator.locks.request(channelName, { signal: leaving.signal }, read).catch(() => undefined);
    say({ kind: "hello" });
  } else {
    // Only secure pages have locks; elsewhere every tab reads for itself.
    void read();
  }

  return () => {
    leaving.abort();
    channel.close();
  };
}

/** Whether one stream id, `milliseconds-number`, is later than another. */
export function isAfter(id: string, other: string): boolean {
  const [time = 0, count = 0] = id.split("-").map(Number);
  const [otherTime = 0, otherCount = 0] = other.split("-").map(Number);
  return time > otherTime || (time === otherTime && count > otherCount);
}
