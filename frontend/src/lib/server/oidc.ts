/** Signing in with the identity provider: OIDC, code flow with PKCE. */
import "server-only";

import { decodeJwt } from "jose";
import * as oidc from "openid-client";
import { z } from "zod";

import { processWide } from "./processWide";
import { newSessionId, seal, type Session, unseal } from "./session";
import { ConfigurationError, settings } from "./settings";

const FLOW = "delight_flow";
const FLOW_SECONDS = 600;
// A token is renewed this long before it ends.
const EARLY_SECONDS = 60;
// Requests that were under way with the old cookie find the new session for so long.
const RENEWED_FOR_MS = 30_000;

const flowShape = z.object({ verifier: z.string(), state: z.string(), nonce: z.string(), next: z.string() });

export const FLOW_COOKIE = { name: FLOW, seconds: FLOW_SECONDS };

export function hasProvider(): boolean {
  const { issuer, clientId } = settings();
  return issuer !== undefined && clientId !== undefined;
}

/** Where to send the person, and the sealed flow to keep in a cookie until they come back. */
export async function beginSignIn(origin: string, next: string): Promise<{ url: URL; flow: string }> {
  const provider = await discover();
  const flow = {
    verifier: oidc.randomPKCECodeVerifier(),
    state: oidc.randomState(),
    nonce: oidc.randomNonce(),
    next,
  };
  const parameters: Record<string, string> = {
    redirect_uri: `${origin}/auth/callback`,
    scope: settings().scopes,
    code_challenge: await oidc.calculatePKCECodeChallenge(flow.verifier),
    code_challenge_method: "S256",
    state: flow.state,
    nonce: flow.nonce,
  };
  const audience = settings().audience;
  if (audience !== undefined) parameters.audience = audience;
  // OIDC Core, section 11: without it a provider has to ignore the wish for a refresh token.
  if (settings().scopes.split(" ").includes("offline_access")) parameters.prompt = "consent";
  return {
    url: oidc.buildAuthorizationUrl(provider, parameters),
    flow: await seal(FLOW, flow, FLOW_SECONDS),
  };
}

/** The session of a person who came back from the provider. Throws when anything about it is wrong. */
export async function finishSignIn(
  returned: URL,
  sealedFlow: string | undefined,
): Promise<{ session: Session; next: string }> {
  const flow = flowShape.parse(await unseal(FLOW, sealedFlow));
  const tokens = await oidc.authorizationCodeGrant(await discover(), returned, {
    pkceCodeVerifier: flow.verifier,
    expectedState: flow.state,
    expectedNonce: flow.nonce,
    idTokenExpected: true,
  });
  return { session: sessionOf(tokens, newSessionId()), next: flow.next };
}

export function isNearlyOver(session: Session): boolean {
  return session.expiresAt - EARLY_SECONDS <= Date.now() / 1000;
}

const renewals = processWide("renewals", () => new Map<string, Promise<Session | null>>());

/** The session with a new token; null when the provider says no. Throws while it cannot be reached. */
export async function renew(session: Session): Promise<Session | null> {
  const running = renewals.get(session.id);
  if (running !== undefined) return running;
  // One at a time: providers give a refresh token out once, and take the second use for a theft.
  const renewal = renewOnce(session);
  renewals.set(session.id, renewal);
  renewal.then(
    () => setTimeout(() => renewals.delete(session.id), RENEWED_FOR_MS).unref(),
    () => renewals.delete(session.id),
  );
  return renewal;
}

async function renewOnce(session: Session): Promise<Session | null> {
  if (session.refreshToken === undefined) return null;
  try {
    const tokens = await oidc.refreshTokenGrant(await discover(), session.refreshToken);
    return sessionOf(tokens, session.id, session);
  } catch (error) {
    if (error instanceof oidc.ResponseBodyError) return null;
    throw error;
  }
}

/** The provider's own page for signing out, where it has one. */
export async function endSessionUrl(session: Session, origin: string): Promise<URL | null> {
  if (!hasProvider() || session.idToken === undefined) return null;
  try {
    return oidc.buildEndSessionUrl(await discover(), {
      id_token_hint: session.idToken,
      post_logout_redirect_uri: `${origin}/sign-in`,
    });
  } catch {
    return null;
  }
}

let discovered: Promise<oidc.Configuration> | undefined;

async function discover(): Promise<oidc.Configuration> {
  const { issuer, clientId, clientSecret, isDevelopment } = settings();
  if (issuer === undefined || clientId === undefined) {
    throw new ConfigurationError("Set DELIGHT_AUTH_ISSUER and DELIGHT_WEB_CLIENT_ID.");
  }
  discovered ??= oidc.discovery(
    new URL(issuer),
    clientId,
    undefined,
    clientSecret === undefined ? oidc.None() : oidc.ClientSecretBasic(clientSecret),
    // A provider on the developer's machine may speak plain HTTP.
    // eslint-disable-next-line @typescript-eslint/no-deprecated -- marked so to stand out; it is for this
    isDevelopment ? { execute: [oidc.allowInsecureRequests] } : undefined,
  );
  try {
    return await discovered;
  } catch (error) {
    discovered = undefined;
    throw error;
  }
}

type Tokens = oidc.TokenEndpointResponse & oidc.TokenEndpointResponseHelpers;

function sessionOf(tokens: Tokens, id: string, before?: Session): Session {
  const claims = tokens.claims();
  const access = claimsOf(tokens.access_token);
  const subject = claims?.sub ?? before?.subject;
  if (subject === undefined) throw new Error("The provider did not say who signed in.");
  const name = [claims?.name, claims?.preferred_username, before?.name].find(
    (it) => typeof it === "string" && it,
  );
  const roles = access[settings().rolesClaim] ?? claims?.[settings().rolesClaim] ?? before?.roles ?? ["user"];
  return {
    id,
    subject,
    name: typeof name === "string" ? name : subject,
    // Only for what to show: the edge judges by the token itself.
    roles: typeof roles === "string" ? roles.split(" ") : Array.isArray(roles) ? roles.map(String) : [],
    token: tokens.access_token,
    expiresAt: Math.floor(Date.now() / 1000) + (tokens.expiresIn() ?? 300),
    refreshToken: tokens.refresh_token ?? before?.refreshToken,
    idToken: tokens.id_token ?? before?.idToken,
  };
}

function claimsOf(token: string): Record<string, unknown> {
  try {
    return decodeJwt(token);
  } catch {
    return {};
  }
}
