// @vitest-environment node
import { beforeEach, expect, test, vi } from "vitest";

import { readSession, type Session, writeSession } from "../session";

const SESSION: Session = {
  id: "1",
  subject: "ada",
  name: "Ada",
  roles: ["user"],
  token: "secret-token",
  expiresAt: Math.floor(Date.now() / 1000) + 600,
};

class Jar {
  readonly cookies = new Map<string, { value: string; httpOnly: unknown; sameSite: unknown }>();
  readonly set = (name: string, value: string, options: Record<string, unknown>) =>
    this.cookies.set(name, { value, httpOnly: options.httpOnly, sameSite: options.sameSite });
  get(name: string) {
    return this.cookies.get(name);
  }
}

beforeEach(() => {
  vi.stubEnv("DELIGHT_ENVIRONMENT", "development");
  vi.stubEnv("DELIGHT_AUTH_DEVELOPMENT_SECRET", "s".repeat(40));
});

test("a session comes back from its cookies, and nobody can read it in them", async () => {
  const jar = new Jar();
  await writeSession(jar.set, SESSION);
  expect(await readSession(jar)).toEqual(SESSION);
  for (const cookie of jar.cookies.values()) {
    expect(cookie.value).not.toContain("secret-token");
    expect(cookie).toMatchObject({ httpOnly: true, sameSite: "lax" });
  }
});

test("tokens longer than a cookie are kept, and a shorter session leaves nothing of them", async () => {
  const jar = new Jar();
  const long = { ...SESSION, token: "t".repeat(6000) };
  await writeSession(jar.set, long);
  expect(await readSession(jar)).toEqual(long);
  await writeSession(jar.set, SESSION);
  expect(await readSession(jar)).toEqual(SESSION);
});

test("a changed cookie and a session that is over are none", async () => {
  const jar = new Jar();
  await writeSession(jar.set, SESSION);
  const sealed = jar.get("delight_session.0")?.value ?? "";
  jar.set("delight_session.0", `${sealed.slice(0, -2)}xx`, {});
  expect(await readSession(jar)).toBeNull();
  await writeSession(jar.set, { ...SESSION, expiresAt: SESSION.expiresAt - 1200 });
  expect(await readSession(jar)).toBeNull();
});
