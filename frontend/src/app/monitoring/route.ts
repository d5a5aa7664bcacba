/** Passes Sentry's envelopes on, so that browsers contact no other host. Only to the project of our own DSN. */
import { settings } from "@/lib/server/settings";

const MAX_BYTES = 2_000_000;

export async function POST(request: Request): Promise<Response> {
  const dsn = settings().sentryDsn;
  if (dsn === undefined) return new Response(null, { status: 404 });
  const body = await request.arrayBuffer();
  if (body.byteLength > MAX_BYTES) return new Response(null, { status: 413 });
  const [head = ""] = new TextDecoder().decode(body.slice(0, 4096)).split("\n", 1);
  if (dsnOf(head) !== dsn) return new Response(null, { status: 400 });
  const { protocol, host, pathname } = new URL(dsn);
  const project = pathname.split("/").filter(Boolean).pop() ?? "";
  try {
    const answer = await fetch(`${protocol}//${host}/api/${project}/envelope/`, {
      method: "POST",
      body,
      headers: { "content-type": "application/x-sentry-envelope" },
      signal: AbortSignal.timeout(5_000),
    });
    return new Response(null, { status: answer.status });
  } catch {
    return new Response(null, { status: 502 });
  }
}

function dsnOf(head: string): unknown {
  try {
    return (JSON.parse(head) as { dsn?: unknown }).dsn;
  } catch {
    return undefined;
  }
}
