/** What every test has: a person of its own, and pages that are watched for errors and for requests to other hosts. */
import AxeBuilder from "@axe-core/playwright";
import { type APIResponse, type BrowserContext, expect, type Page, test as base } from "@playwright/test";

import { system } from "./system";

export { expect } from "@playwright/test";

interface Api {
  get: (path: string) => Promise<APIResponse>;
  post: (path: string, data: unknown) => Promise<APIResponse>;
}

interface Fixtures {
  /** Somebody whom the system does not know yet. */
  subject: string;
  signIn: (roles?: readonly string[], as?: string) => Promise<void>;
  /** The API as the signed-in person reaches it: through the web's own server, with the cookie. */
  api: Api;
  /** What the pages have complained of; a test that makes a page fail empties it. */
  watched: string[];
}

// A browser says this of every answer that is no success; the pages say it to the person.
const EXPECTED = "Failed to load resource";

export const test = base.extend<Fixtures>({
  baseURL: async ({}, provide) => provide(system().webUrl),
  subject: async ({}, provide) => provide(`ada-${crypto.randomUUID().slice(0, 8)}`),
  signIn: async ({ context, subject }, provide) =>
    provide(async (roles = ["user"], as = subject) => {
      const form = new FormData();
      form.append("subject", as);
      for (const role of roles) form.append("roles", role);
      form.append("next", "/");
      const answer = await context.request.post("/auth/development", {
        multipart: form,
        headers: { origin: system().webUrl },
        maxRedirects: 0,
      });
      expect(answer.status()).toBe(303);
    }),
  api: async ({ context }, provide) => {
    const headers = { origin: system().webUrl };
    await provide({
      get: (path) => context.request.get(`/api/v1/${path}`),
      post: (path, data) => context.request.post(`/api/v1/${path}`, { data, headers }),
    });
  },
  watched: [
    async ({ context }, provide) => {
      const problems: string[] = [];
      context.on("weberror", (error) => problems.push(error.error().message));
      context.on("console", (message) => {
        if (message.type() === "error" && !message.text().startsWith(EXPECTED)) problems.push(message.text());
      });
      context.on("request", (request) => {
        const { protocol, origin } = new URL(request.url());
        if (protocol.startsWith("http") && origin !== system().webUrl)
          problems.push(`asked ${request.url()}`);
      });
      await provide(problems);
      expect(problems).toEqual([]);
    },
    { auto: true },
  ],
});

const WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];

type Scheme = "light" | "dark";

/** No violation of WCAG 2.2 AA that axe can see. Only colours depend on the scheme: in the second one only they are looked at. */
export async function expectAccessible(
  page: Page,
  schemes: readonly Scheme[] = ["light", "dark"],
): Promise<void> {
  for (const colorScheme of schemes) {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    const axe = new AxeBuilder({ page });
    if (colorScheme === schemes[0]) axe.withTags(WCAG);
    else axe.withRules(["color-contrast"]);
    // Again for a while: what is being drawn anew in other colours may be caught half-way.
    await expect(async () => {
      const { violations } = await axe.analyze();
      const found = violations.flatMap(({ id, nodes }) =>
        nodes.map((node) => `${id}: ${node.target.join(" ")} ${node.failureSummary ?? ""}`),
      );
      expect(found, `${page.url()} in ${colorScheme}`).toEqual([]);
    }).toPass({ timeout: 10_000 });
  }
}

/** Two tabs of one person. */
export async function openTwoTabs(context: BrowserContext, path: string): Promise<[Page, Page]> {
  const one = await context.newPage();
  const two = await context.newPage();
  await Promise.all([one.goto(path), two.goto(path)]);
  return [one, two];
}
