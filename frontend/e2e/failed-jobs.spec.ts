/** What an operator does about jobs that failed: find, mend and retry one; and retry hundreds through the plan. */
import { somebody } from "./support/people";
import { system } from "./support/system";
import { expect, expectAccessible, test } from "./support/test";

// See `tests/support/model_server.py`: the model refuses requests for quests of so many minutes,
const REFUSED = 13;
// and of so many until it is mended.
const REFUSED_FOR_NOW = 17;

// One job of a person runs at a time: many people, so that they do not take long.
const PEOPLE = 50;
const EACH = 10;

test("a failed job is found, edited and retried, and succeeds", async ({ page, signIn }) => {
  const bob = await somebody();
  await bob.ask(REFUSED);

  await signIn(["user", "operator"]);
  await page.goto(`/admin/failed?user_id=${bob.subject}`);
  const row = page.getByRole("row").filter({ hasText: bob.subject });
  await expect(async () => {
    await page.getByRole("button", { name: "Update now" }).click();
    await expect(row).toHaveCount(1, { timeout: 2_000 });
  }).toPass();
  await expect(row).toContainText("quest-generation");
  await expectAccessible(page);

  await row.getByRole("link").first().click();
  await expect(page.getByRole("heading", { name: "What went wrong" })).toBeVisible();
  await expectAccessible(page);
  await page.getByRole("button", { name: "Edit payload" }).click();
  const payload = page.getByLabel("Event data as JSON");
  const before = await payload.inputValue();
  expect(before).toContain(`"minutes_available": ${REFUSED}`);
  await payload.fill(before.replace(`"minutes_available": ${REFUSED}`, '"minutes_available": "soon"'));
  await expect(page.getByText(/must be a whole number/)).toBeVisible();
  await payload.fill(before.replace(`"minutes_available": ${REFUSED}`, '"minutes_available": 30'));
  await expect(page.getByText("Fits the schema.")).toBeVisible();
  await expect(page.getByRole("heading", { name: "What changes" })).toBeVisible();
  await expectAccessible(page);
  await page.getByRole("button", { name: "Save and retry" }).click();
  await expect(page.getByText("Succeeded").first()).toBeVisible();

  const { items } = (await (await bob.api.get("/api/v1/quests?status=proposed")).json()) as {
    items: unknown[];
  };
  expect(items).toHaveLength(3);
  await bob.api.dispose();
});

test("500 dead letters are retried through the plan, a few first", async ({ page, signIn }) => {
  test.setTimeout(600_000);
  const people = await Promise.all(Array.from({ length: PEOPLE }, () => somebody()));
  await Promise.all(
    people.map(async (one) => {
      for (let asked = 0; asked < EACH; asked++) await one.ask(REFUSED_FOR_NOW);
    }),
  );

  await signIn(["user", "operator"]);
  await page.goto("/admin/failed?job_type=quest-generation");
  await expect(async () => {
    await page.getByRole("button", { name: "Update now" }).click();
    await expect(page.getByText(`${PEOPLE * EACH} dead letters match`)).toBeVisible({ timeout: 2_000 });
  }).toPass({ timeout: 180_000 });

  expect((await fetch(`${system().modelUrl}/mend`, { method: "POST" })).status).toBe(204);
  await page.getByRole("button", { name: "Retry all that match…" }).click();
  const dialog = page.getByRole("dialog", { name: "Retry all that match" });
  await expect(dialog.getByText("People", { exact: true })).toBeVisible();
  await expectAccessible(page);
  await dialog.getByLabel("How many first").fill("3");
  await dialog.getByLabel("Letters per second").fill("100");
  await dialog.getByRole("button", { name: "Retry 3 first, then 497" }).click();
  await expect(dialog.getByText("500 of 500")).toBeVisible({ timeout: 60_000 });
  await expect(dialog.getByText("All sent")).toBeVisible();
  await expect(dialog.getByRole("button", { name: "Done" })).toBeVisible({ timeout: 240_000 });
  await expect(dialog.getByRole("listitem").filter({ hasText: "Succeeded" })).toHaveText(/500/);
  await dialog.getByRole("button", { name: "Done" }).click();
  await expect(page.getByText("No dead letter matches these filters.").first()).toBeVisible();

  for (const one of people) {
    const answer = await one.api.get("/api/v1/quests?status=proposed&limit=1");
    expect(((await answer.json()) as { items: unknown[] }).items, one.subject).toHaveLength(1);
    await one.api.dispose();
  }
});
