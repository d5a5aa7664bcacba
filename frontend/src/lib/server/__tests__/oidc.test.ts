// @vitest-environment node
/** Signing in with a real provider: `oidc-provider`, over HTTP, with its own pages for the login and the consent. */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";

import { NextRequest, type NextResponse } from "next/server";
import Provider from "oidc-provider";
import { afterAll, beforeAll, expect, test, vi } from "vitest";

import { GET as callback } from "@/app/auth/callback/route";
import { GET as signIn } from "@/app/auth/sign-in/route";

import { endSessionUrl, renew } from "../oidc";
import { readSession } from "../session";

const WEB = "http://127.0.0.1:3000";

let server: Server;

beforeAll(async () => {
  server = createServer();
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: "web",
        token_endpoint_auth_method: "none",
        grant_types: ["authorization_code", "refresh_token"],
        redirect_uris: [`${WEB}/auth/callback`],
        post_logout_redirect_uris: [`${WEB}/sign-in`],
        // Else it wants HTTPS of a web application's addresses.
        application_type: "native",
      },
    ],
    pkce: { required: () => true },
    conformIdTokenClaims: false,
    claims: { openid: ["sub"], profile: ["name", "roles"] },
    findAccount: (_context, id) => ({
      accountId: id,
      claims: () => ({ sub: id, name: "Ada Lovelace", roles: ["user", "operator"] }),
    }),
    cookies: { keys: ["k".repeat(32)] },
  });
  const answer = provider.callback();
  server.on("request", (request, response) => void answer(request, response));
  vi.stubEnv("DELIGHT_ENVIRONMENT", "development");
  vi.stubEnv("DELIGHT_WEB_URL", WEB);
  vi.stubEnv("DELIGHT_WEB_CLIENT_ID", "web");
  vi.stubEnv("DELIGHT_WEB_SESSION_SECRET", "s".repeat(40));
  vi.stubEnv("DELIGHT_AUTH_ISSUER", issuer);
});

afterAll(() => {
  server.close();
  server.closeAllConnections();
  vi.unstubAllEnvs();
});

/** A person's browser at the provider: keeps cookies, follows redirects, and says yes to what is asked. */
async function comeBack(start: string): Promise<URL> {
  const cookies = new Map<string, string>();
  const ask = async (url: URL, body?: URLSearchParams) => {
    const response = await fetch(url, {
      method: body === undefined ? "GET" : "POST",
      body: body ?? null,
      redirect: "manual",
      headers: { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join("; ") },
    });
    for (const line of response.headers.getSetCookie()) {
      const [name = "", value = ""] = line.split(";")[0]?.split("=") ?? [];
      cookies.set(name, value);
    }
    return response;
  };
  let url = new URL(start);
  for (let steps = 0; steps < 12; steps += 1) {
    if (url.origin === WEB) return url;
    let response = await ask(url);
    if (response.status === 200) {
      const page = await response.text();
      const action = /action="([^"]+)"/.exec(page)?.[1] ?? "";
      const prompt = /name="prompt" value="(\w+)"/.exec(page)?.[1] ?? "";
      response = await ask(
        new URL(action, url),
        new URLSearchParams({ prompt, login: "ada", password: "any" }),
      );
    }
    url = new URL(response.headers.get("location") ?? "", url);
  }
  throw new Error("The provider does not come to an end.");
}

async function begin(): Promise<NextResponse> {
  return signIn(new NextRequest(`${WEB}/auth/sign-in?next=/quests`));
}

async function finish(returned: URL, begun: NextResponse): Promise<NextResponse> {
  const request = new NextRequest(returned);
  for (const { name, value } of begun.cookies.getAll()) request.cookies.set(name, value);
  return callback(request);
}

function present<T>(value: T | null): T {
  if (value === null) throw new Error("There is none.");
  return value;
}

test("a person signs in at the provider, and a token is renewed before it ends", async () => {
  const begun = await begin();
  const response = await finish(await comeBack(begun.headers.get("location") ?? ""), begun);

  expect(response.headers.get("location")).toBe(`${WEB}/quests`);
  const session = present(await readSession(response.cookies));
  expect(session).toMatchObject({ subject: "ada", name: "Ada Lovelace", roles: ["user", "operator"] });

  const renewed = present(await renew(session));
  expect(renewed).toMatchObject({ id: session.id, subject: "ada", roles: ["user", "operator"] });
  expect(renewed.token).not.toBe(session.token);

  const end = await endSessionUrl(renewed, WEB);
  expect(end?.searchParams.get("post_logout_redirect_uri")).toBe(`${WEB}/sign-in`);
});

test("an answer that is not to our question signs nobody in", async () => {
  const begun = await begin();
  const other = await begin();
  const returned = await comeBack(begun.headers.get("location") ?? "");

  for (const response of [await finish(returned, other), await callback(new NextRequest(returned))]) {
    expect(response.headers.get("location")).toBe(`${WEB}/sign-in?problem=refused`);
    expect(await readSession(response.cookies)).toBeNull();
  }
});
