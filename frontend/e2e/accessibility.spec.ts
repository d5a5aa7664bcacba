/** WCAG 2.2 AA, as far as axe can see it, on every page in light and dark; and the layout of a phone. */
import { Chat } from "./support/chat";
import { expect, expectAccessible, test } from "./support/test";

test("signing in", async ({ page }) => {
  await page.goto("/sign-in?problem=refused");
  await expect(page.getByText("Signing in did not work.")).toBeVisible();
  await page.getByText("Somebody else").click();
  await expectAccessible(page);
});

test("the pages that lead back", async ({ page, signIn }) => {
  await signIn();
  await page.goto("/nowhere");
  await expect(page.getByRole("heading", { name: "There is nothing here." })).toBeVisible();
  await expectAccessible(page);
  await page.goto("/admin");
  await expect(page.getByRole("heading", { name: "This place is for operators." })).toBeVisible();
  await expectAccessible(page);
});

test("a page that failed, beside which the app goes on", async ({ page, signIn, watched }) => {
  await signIn();
  await page.route(/progress\/dci\?window_days=90$/, (route) => route.fulfill({ json: {} }));
  await page.goto("/progress");
  await page.getByRole("tab", { name: "90 days" }).click();
  await expect(page.getByRole("heading", { name: "This page stumbled." })).toBeVisible();
  expect(watched.splice(0)).not.toEqual([]);
  await expectAccessible(page);
  await page.getByRole("link", { name: "Quests", exact: true }).first().click();
  await expect(page.getByRole("heading", { level: 1, name: "Quests" })).toBeVisible();
});

for (const path of ["/", "/quests", "/companion/eliza", "/progress", "/memory", "/settings"]) {
  test(`${path} of somebody new, and on a phone`, async ({ page, signIn }) => {
    await signIn();
    await page.goto(path);
    await expect(page.getByRole("heading", { level: 1 })).toBeAttached();
    await expect(page.getByText("Loading…")).toHaveCount(0);
    await expectAccessible(page);
    await page.setViewportSize({ width: 360, height: 740 });
    const excess = () =>
      page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    await expect.poll(excess, "nothing is wider than the screen").toBe(0);
    await expectAccessible(page, ["light"]);
  });
}

test("the pages of somebody with a life", async ({ page, signIn, api }) => {
  await signIn();
  await api.post("goals", { title: "Sleep before midnight", category: "health", why: "Mornings" });
  await page.goto("/quests");
  await page.getByRole("button", { name: "Ask for quests" }).click();
  const accept = page.getByRole("button", { name: /^Accept: / });
  await expect(accept).toHaveCount(3);
  await accept.first().click();
  await accept.first().click();
  const start = page.getByRole("button", { name: /^Start: / });
  await expect(start).toHaveCount(2);
  await start.first().click();
  await expect(page.getByText("under way").first()).toBeVisible();
  await expectAccessible(page);

  await page.locator("a[href^='/missions/']").first().click();
  await expect(page.getByLabel("How was it?")).toBeVisible();
  await expectAccessible(page);
  await page.getByRole("button", { name: "Let it go" }).click();
  await expect(page.getByRole("dialog")).toBeVisible();
  await expectAccessible(page, ["dark"]);
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Complete" }).click();
  await expect(page.getByText("Well done. It is written down.")).toBeVisible();
  await expectAccessible(page, ["light"]);

  const chat = new Chat(page);
  await chat.open();
  await chat.say("I went to bed early and slept well.");
  await chat.wholeAnswer();
  await expectAccessible(page);
  for (const path of ["/", "/progress", "/memory"]) {
    await page.goto(path);
    await expect(page.getByText("Loading…")).toHaveCount(0);
    await expectAccessible(page);
  }
  await page.getByRole("button", { name: /^Messages/ }).click();
  await expect(page.getByRole("dialog")).toBeVisible();
  await expectAccessible(page, ["light"]);
});
