/** What can go wrong with a request, and how it is said to a person. */
import { strings } from "@/lib/strings/app";
import type { ErrorEnvelope } from "@/types/api";

/** The API answered with an error envelope (or something that is none). */
export class ApiError extends Error {
  override readonly name = "ApiError";

  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly requestId: string | null = null,
    /** How long the server asks to wait. */
    readonly retryAfterMs: number | null = null,
  ) {
    super(message);
  }
}

/** Nothing came back: the server or the network is away. */
export class NetworkError extends Error {
  override readonly name = "NetworkError";
}

export function toApiError(response: Response, body: unknown): ApiError {
  const envelope = isEnvelope(body) ? body : null;
  const retryAfter = Number(response.headers.get("retry-after"));
  return new ApiError(
    response.status,
    envelope?.error.code ?? "unknown",
    envelope?.error.message ?? response.statusText,
    envelope?.request_id ?? response.headers.get("x-request-id"),
    Number.isFinite(retryAfter) && retryAfter > 0 ? retryAfter * 1000 : null,
  );
}

/** Whether the same request may succeed a little later. */
export function isTransient(error: unknown): boolean {
  return (
    error instanceof NetworkError ||
    (error instanceof ApiError && (error.status >= 500 || error.status === 429))
  );
}

/** Whether the system behind the pages is away, rather than this one request being wrong. */
export function isAway(error: unknown): boolean {
  return (
    error instanceof NetworkError || (error instanceof ApiError && [502, 503, 504].includes(error.status))
  );
}

/** A sentence for a person. The API's own messages for refusals are written for people; others are not. */
export function sentence(error: unknown): string {
  if (error instanceof NetworkError) return strings.errors.away;
  if (!(error instanceof ApiError)) return strings.errors.unexpected;
  const known = strings.errors.byCode[error.code as keyof typeof strings.errors.byCode] as string | undefined;
  if (known !== undefined) return known;
  if (error.status === 409 || error.status === 410) return error.message;
  if (error.status >= 500) return strings.errors.unexpected;
  const general = strings.errors.byStatus[error.status as keyof typeof strings.errors.byStatus] as
    string | undefined;
  return general ?? error.message;
}

/** Problems of a request that the API names by field: `body.message: String should have …`. */
export function fieldProblems(error: unknown): Record<string, string> {
  if (!(error instanceof ApiError) || error.status !== 422) return {};
  const problems: Record<string, string> = {};
  for (const part of error.message.split("; ")) {
    const [place, ...words] = part.split(": ");
    const field = place?.startsWith("body.") ? place.slice("body.".length) : undefined;
    if (field !== undefined && words.length > 0) problems[field] = words.join(": ");
  }
  return problems;
}

function isEnvelope(body: unknown): body is ErrorEnvelope {
  const error = (body as { error?: { message?: unknown; code?: unknown } } | null | undefined)?.error;
  return typeof error?.message === "string" && typeof error.code === "string";
}
