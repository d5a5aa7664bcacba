/** Who may open what. */
import { expect, test } from "./support/test";

test("somebody who is signed out is led to signing in, and back", async ({ page, subject }) => {
  await page.goto("/quests");
  await expect(page).toHaveURL(/\/sign-in\?next=%2Fquests/);
  await page.getByText("Somebody else").click();
  await page.getByLabel("Name of the person").fill(subject);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await expect(page.getByRole("heading", { name: "Quests", level: 1 })).toBeVisible();
});

test("a person cannot open the operator's console, and sees no way to it", async ({ page, signIn, api }) => {
  await signIn(["user"]);
  await page.goto("/");
  await page.getByRole("button", { name: /^Account of / }).click();
  await expect(page.getByRole("menuitem", { name: "Sign out" })).toBeVisible();
  await expect(page.getByRole("menuitem", { name: "Operator's console" })).toHaveCount(0);
  for (const path of ["/admin", "/admin/failed"]) {
    const answer = await page.goto(path);
    expect(answer?.status()).toBe(403);
    await expect(page.getByRole("heading", { name: "This place is for operators." })).toBeVisible();
  }
  expect((await api.get("admin/dead-letters")).status()).toBe(403);
});

test("an operator finds the console in the menu", async ({ page, signIn }) => {
  await signIn(["user", "operator"]);
  await page.goto("/");
  await page.getByRole("button", { name: /^Account of / }).click();
  await page.getByRole("menuitem", { name: "Operator's console" }).click();
  await expect(page).toHaveURL(/\/admin$/);
});

test("signing out in one tab ends every tab", async ({ context, signIn }) => {
  await signIn();
  const one = await context.newPage();
  const two = await context.newPage();
  await one.goto("/");
  await two.goto("/quests");
  await one.getByRole("button", { name: /^Account of / }).click();
  await one.getByRole("menuitem", { name: "Sign out" }).click();
  await expect(one).toHaveURL(/\/sign-in/);
  await expect(two).toHaveURL(/\/sign-in/);
  await two.goto("/quests");
  await expect(two).toHaveURL(/\/sign-in/);
});
