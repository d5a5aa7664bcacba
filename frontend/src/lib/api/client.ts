/** The API as the contract describes it, called through our own server, which adds the person's token. */
import createClient from "openapi-fetch";

import type { paths } from "@/types/api";

import { NetworkError, toApiError } from "./errors";

export const api = createClient<paths>({
  // Relative in a browser; tests give their own.
  baseUrl: typeof window === "undefined" ? "http://nowhere.invalid" : window.location.origin,
  fetch: (request) => globalThis.fetch(request),
});

interface Answer<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/** What the API answered with. Throws `ApiError` or `NetworkError`. */
export async function answered<T>(call: Promise<Answer<T>>): Promise<T> {
  let answer: Answer<T>;
  try {
    answer = await call;
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new NetworkError("No answer", { cause: error });
  }
  if (!answer.response.ok) throw toApiError(answer.response, answer.error);
  return answer.data as T;
}

/** A key that makes a repeated request the same event: one for each intention of the person, kept over retries. */
export function newIdempotencyKey(): string {
  // `randomUUID` exists on secure pages only; somebody may try this on a home network.
  return typeof crypto.randomUUID === "function"
    ? crypto.randomUUID()
    : Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) =>
        byte.toString(16).padStart(2, "0"),
      ).join("");
}
