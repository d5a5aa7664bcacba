/** Requests that change something must come from our own pages: SameSite cookies, and this check beside them. */
import "server-only";

import { settings } from "./settings";

const SAFE = new Set(["GET", "HEAD", "OPTIONS"]);

/** Whether the request comes from a page of ours, or changes nothing. */
export function isFromUs(request: Request): boolean {
  if (SAFE.has(request.method)) return true;
  const origin = request.headers.get("origin");
  return origin !== null && origin === publicOrigin(request);
}

/** The origin that people see in their browser. */
export function publicOrigin(request: Request): string {
  const configured = settings().webUrl;
  if (configured !== undefined) return new URL(configured).origin;
  // In development only: the address that was asked for.
  return `http://${request.headers.get("host") ?? "127.0.0.1"}`;
}

/** A path of ours to go on to, whatever was asked for: never another site. */
export function safePath(wanted: string | null | undefined): string {
  if (!wanted?.startsWith("/")) return "/";
  const resolved = new URL(wanted, "http://here.invalid");
  return resolved.origin === "http://here.invalid" ? `${resolved.pathname}${resolved.search}` : "/";
}
