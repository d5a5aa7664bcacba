/** The API behind it can be reached and is ready. */
import { envelope } from "@/lib/server/envelope";
import { settings } from "@/lib/server/settings";

const PATIENCE_MS = 3_000;

export async function GET(): Promise<Response> {
  try {
    const answer = await fetch(`${settings().apiUrl}/readyz`, {
      cache: "no-store",
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    if (answer.ok) return Response.json({ status: "ok" });
  } catch {
    // Said below.
  }
  return envelope(503, "edge_away", "Delight cannot be reached right now.", { "Retry-After": "2" });
}
