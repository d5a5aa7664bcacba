/** What a person types, kept in the tab until it is sent: a reload, an error or a sign-in loses nothing. */
import { useCallback, useSyncExternalStore } from "react";

const PREFIX = "delight:draft:";

const listeners = new Set<() => void>();
// Beside the storage, which a browser may refuse.
const texts = new Map<string, string>();

export function readDraft(name: string): string {
  const known = texts.get(name);
  if (known !== undefined) return known;
  const text = stored(name);
  texts.set(name, text);
  return text;
}

/** Keeps `text`; "" forgets it. */
export function writeDraft(name: string, text: string): void {
  texts.set(name, text);
  try {
    if (text === "") sessionStorage.removeItem(PREFIX + name);
    else sessionStorage.setItem(PREFIX + name, text);
  } catch {
    // Then it lives as long as the page.
  }
  for (const listener of listeners) listener();
}

/** Like `useState("")`, but it survives. */
export function useDraft(name: string): [string, (text: string) => void] {
  const text = useSyncExternalStore(
    subscribe,
    () => readDraft(name),
    () => "",
  );
  const set = useCallback((next: string) => writeDraft(name, next), [name]);
  return [text, set];
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function stored(name: string): string {
  try {
    return sessionStorage.getItem(PREFIX + name) ?? "";
  } catch {
    return "";
  }
}
