/** The session: who is signed in, with the token, in encrypted httpOnly cookies. JavaScript in the browser never sees it. */
import "server-only";

import { hkdfSync, randomUUID } from "node:crypto";

import { EncryptJWT, jwtDecrypt } from "jose";
import { cookies } from "next/headers";
import { z } from "zod";

import { settings } from "./settings";

const NAME = "delight_session";
// Browsers keep about 4096 bytes of a cookie, name and attributes included; providers' tokens can be longer.
const CHUNK = 3500;
const MAX_CHUNKS = 4;
const ENCRYPTION = "A256GCM";
const MAX_AGE_SECONDS = 30 * 24 * 3600;

const shape = z.object({
  id: z.string(),
  subject: z.string(),
  name: z.string(),
  roles: z.array(z.string()),
  token: z.string(),
  /** Seconds since the epoch. */
  expiresAt: z.number(),
  refreshToken: z.string().optional(),
  idToken: z.string().optional(),
});

export type Session = z.infer<typeof shape>;

/** What the browser may know of the session. */
export interface Viewer {
  subject: string;
  name: string;
  isOperator: boolean;
}

interface CookieReader {
  get(name: string): { value: string } | undefined;
}

type CookieSetter = (name: string, value: string, options: Record<string, unknown>) => unknown;

export function newSessionId(): string {
  return randomUUID();
}

export function viewerOf(session: Session): Viewer {
  return { subject: session.subject, name: session.name, isOperator: session.roles.includes("operator") };
}

/** The session of the request that is being answered; null when there is none, or it is over. */
export async function currentSession(): Promise<Session | null> {
  return readSession(await cookies());
}

export async function readSession(jar: CookieReader): Promise<Session | null> {
  const sealed = await unseal(NAME, join(jar, NAME));
  const parsed = shape.safeParse(sealed);
  if (!parsed.success) return null;
  const isOver = parsed.data.expiresAt <= Date.now() / 1000 && parsed.data.refreshToken === undefined;
  return isOver ? null : parsed.data;
}

export async function writeSession(set: CookieSetter, session: Session): Promise<void> {
  const lifetime =
    session.refreshToken === undefined ? session.expiresAt - Date.now() / 1000 : MAX_AGE_SECONDS;
  write(set, NAME, await seal(NAME, session, lifetime), lifetime);
}

export function clearSession(set: CookieSetter): void {
  write(set, NAME, "", 0);
}

/** Encrypts `content`; nobody else can read or make it, and after `seconds` it counts no more. */
export async function seal(purpose: string, content: object, seconds: number): Promise<string> {
  return new EncryptJWT({ content })
    .setProtectedHeader({ alg: "dir", enc: ENCRYPTION })
    .setIssuedAt()
    .setExpirationTime(Math.floor(Date.now() / 1000 + seconds))
    .encrypt(key(purpose));
}

export async function unseal(purpose: string, sealed: string | undefined): Promise<unknown> {
  if (!sealed) return null;
  try {
    const { payload } = await jwtDecrypt(sealed, key(purpose), {
      keyManagementAlgorithms: ["dir"],
      contentEncryptionAlgorithms: [ENCRYPTION],
    });
    return payload.content;
  } catch {
    // Of another secret, changed, or too old: as good as none.
    return null;
  }
}

export function cookieOptions(seconds: number): Record<string, unknown> {
  return {
    httpOnly: true,
    sameSite: "lax",
    secure: settings().webUrl?.startsWith("https:") ?? false,
    path: "/",
    maxAge: Math.max(0, Math.floor(seconds)),
  };
}

function key(purpose: string): Uint8Array {
  const secret = settings().sessionSecret ?? settings().developmentSecret;
  if (secret === undefined) throw new Error("There is no secret for sessions.");
  return new Uint8Array(hkdfSync("sha256", secret, "", `delight web: ${purpose}`, 32));
}

function join(jar: CookieReader, name: string): string {
  let value = "";
  for (let index = 0; index < MAX_CHUNKS; index++) {
    const piece = jar.get(`${name}.${index}`)?.value;
    if (!piece) break;
    value += piece;
  }
  return value;
}

function write(set: CookieSetter, name: string, value: string, seconds: number): void {
  const pieces = value.match(new RegExp(`.{1,${CHUNK}}`, "gs")) ?? [];
  if (pieces.length > MAX_CHUNKS) throw new Error("The provider's tokens are too long for cookies.");
  for (let index = 0; index < MAX_CHUNKS; index++) {
    const piece = pieces[index];
    // What a longer value left behind goes, or it would be read as part of this one.
    set(`${name}.${index}`, piece ?? "", cookieOptions(piece === undefined ? 0 : seconds));
  }
}
