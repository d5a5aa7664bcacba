/** For tests of the console's pages: the page with a cache of its own, and an API that answers what the test says. */
import { QueryClientProvider } from "@tanstack/react-query";
import { render } from "@testing-library/react";
import type { ReactNode } from "react";
import { vi } from "vitest";

import { makeQueryClient } from "@/lib/api/queryClient";

interface Call {
  method: string;
  path: string;
  query: URLSearchParams;
  body: unknown;
}

export type Answer = (call: Call) => unknown;

/** `"GET /api/v1/x"` → what it answers with; a `Response` as it is, anything else as JSON. */
export function answerWith(answers: Record<string, Answer>): Call[] {
  const calls: Call[] = [];
  vi.stubGlobal("fetch", async (request: Request) => {
    const url = new URL(request.url);
    const text = await request.text();
    const call: Call = {
      method: request.method,
      path: decodeURIComponent(url.pathname),
      query: url.searchParams,
      body: text === "" ? null : (JSON.parse(text) as unknown),
    };
    calls.push(call);
    const answer = answers[`${call.method} ${call.path}`];
    if (answer === undefined) return refusal(404, "not_found", `Nobody answers ${call.method} ${call.path}.`);
    const given = answer(call);
    return given instanceof Response ? given : Response.json(given);
  });
  return calls;
}

/** The API's error envelope. */
export function refusal(status: number, code: string, message: string): Response {
  return Response.json({ error: { type: "RequestError", code, message }, request_id: "r-1" }, { status });
}

export function renderConsole(page: ReactNode, onProblem: (message: string) => void = () => undefined) {
  const cache = makeQueryClient({ onProblem, onSignedOut: () => undefined });
  return { cache, ...render(<QueryClientProvider client={cache}>{page}</QueryClientProvider>) };
}
