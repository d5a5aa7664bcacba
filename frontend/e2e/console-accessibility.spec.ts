/** The operator's console: WCAG 2.2 AA on every page, in light and dark, and on a phone. */
import { somebody } from "./support/people";
import { expect, expectAccessible, test } from "./support/test";

test.beforeEach(async ({ signIn }) => {
  const bob = await somebody();
  await bob.ask(30);
  await bob.api.dispose();
  await signIn(["user", "operator"]);
});

for (const path of ["/admin", "/admin/failed", "/admin/jobs", "/admin/groups", "/admin/audit"]) {
  test(path, async ({ page }) => {
    expect((await page.goto(path))?.status()).toBe(200);
    await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
    await expect(page.getByText("Loading…")).toHaveCount(0);
    await expectAccessible(page);
    await page.setViewportSize({ width: 390, height: 780 });
    await expectAccessible(page, ["light"]);
  });
}

test("a job, opened by keyboard", async ({ page }) => {
  await page.goto("/admin/jobs");
  await page.getByRole("row").nth(1).getByRole("link").first().press("Enter");
  await expect(page).toHaveURL(/\/admin\/jobs\/.+/);
  await expect(page.getByRole("heading", { name: "Attempts" })).toBeVisible();
  await expectAccessible(page);
});
