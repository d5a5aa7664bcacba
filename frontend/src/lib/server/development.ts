/** Signing in without a provider, in development only: the same token that `delight token` prints. */
import "server-only";

import { SignJWT } from "jose";

import { newSessionId, type Session } from "./session";
import { ConfigurationError, settings } from "./settings";

const LIFETIME_SECONDS = 12 * 3600;

export const DEVELOPMENT_ROLES = ["user", "operator", "publisher"] as const;

export function canSignInFreely(): boolean {
  return settings().isDevelopment && settings().developmentSecret !== undefined;
}

/** A session for anybody. Throws `ConfigurationError` outside development. */
export async function developmentSession(subject: string, roles: readonly string[]): Promise<Session> {
  const { developmentSecret, isDevelopment, rolesClaim, issuer, audience } = settings();
  if (!isDevelopment || developmentSecret === undefined) {
    throw new ConfigurationError("People sign in with the identity provider here.");
  }
  const expiresAt = Math.floor(Date.now() / 1000) + LIFETIME_SECONDS;
  const unsigned = new SignJWT({ [rolesClaim]: roles })
    .setProtectedHeader({ alg: "HS256", typ: "JWT" })
    .setSubject(subject)
    .setIssuedAt()
    .setExpirationTime(expiresAt);
  if (issuer !== undefined) unsigned.setIssuer(issuer);
  if (audience !== undefined) unsigned.setAudience(audience);
  const token = await unsigned.sign(new TextEncoder().encode(developmentSecret));
  return { id: newSessionId(), subject, name: subject, roles: [...roles], token, expiresAt };
}
