/** Why the API refused a payload, at the field where it says so: `The data do not fit quest.requested. count: Too small; …` */
import { ApiError } from "@/lib/api/errors";

import { lineOfField, type PayloadProblem } from "./checkPayload";

/** Null when the error is about something else than the payload. */
export function apiProblems(error: unknown, text: string): PayloadProblem[] | null {
  if (!(error instanceof ApiError) || error.status !== 422) return null;
  const told = /^The data do not fit [\w.]+\. (.*?)\.?$/s.exec(error.message)?.[1];
  if (told === undefined) return [{ field: "", message: error.message, line: 1 }];
  return told.split("; ").map((part) => {
    const [field = "", ...rest] = part.split(": ");
    const place = rest.length === 0 || field === "data" ? "" : field;
    return { field: place, message: rest.join(": ") || part, line: lineOfField(text, place) };
  });
}
