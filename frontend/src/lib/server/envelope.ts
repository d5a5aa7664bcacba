/** Errors of our own server, in the API's envelope, so that the browser reads one form. */
import "server-only";

export function envelope(status: number, code: string, message: string, headers?: HeadersInit): Response {
  return Response.json({ error: { type: "WebError", message, code } }, { status, headers });
}
