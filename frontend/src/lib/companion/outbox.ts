/** Messages on their way: kept in the tab until the API has taken them, so that a reload or an outage loses none. */
import { useSyncExternalStore } from "react";

import type { Character } from "@/types/api";

export interface OutgoingMessage {
  /** Also the idempotency key: sent twice, it is one message. */
  key: string;
  character: Character;
  text: string;
  writtenAt: string;
  state: "sending" | "failed" | "accepted";
  /** The ids that the API gave the message and its answer. */
  messageId?: string;
  answerId?: string;
}

const KEY = "delight:outbox";
const NONE: readonly OutgoingMessage[] = [];

let messages: readonly OutgoingMessage[] | null = null;
const listeners = new Set<() => void>();

export function useOutbox(): readonly OutgoingMessage[] {
  return useSyncExternalStore(subscribe, readOutbox, () => NONE);
}

export function readOutbox(): readonly OutgoingMessage[] {
  if (messages === null) {
    try {
      const kept = JSON.parse(sessionStorage.getItem(KEY) ?? "[]") as OutgoingMessage[];
      // Nobody is sending them any more after a reload.
      messages = kept.map((it) => (it.state === "sending" ? { ...it, state: "failed" } : it));
    } catch {
      messages = NONE;
    }
  }
  return messages;
}

export function putMessage(message: OutgoingMessage): void {
  write([...readOutbox().filter((it) => it.key !== message.key), message]);
}

export function changeMessage(key: string, change: Partial<OutgoingMessage>): void {
  write(readOutbox().map((it) => (it.key === key ? { ...it, ...change } : it)));
}

/** Forgets those that the history has. */
export function forgetMessages(isKnown: (message: OutgoingMessage) => boolean): void {
  if (readOutbox().some(isKnown)) write(readOutbox().filter((it) => !isKnown(it)));
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function write(next: readonly OutgoingMessage[]): void {
  messages = next;
  try {
    sessionStorage.setItem(KEY, JSON.stringify(next));
  } catch {
    // Then they live as long as the page.
  }
  for (const listener of listeners) listener();
}
