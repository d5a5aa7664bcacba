/** The whole life of a quest, in two tabs of one person at once. */
import { expect, openTwoTabs, test } from "./support/test";

test("from asking to a reflection, live in both tabs", async ({ context, signIn }) => {
  await signIn();
  const [one, two] = await openTwoTabs(context, "/quests");
  await expect(one.getByText("No quests yet.")).toBeVisible();
  const accept = /^Accept: /;

  await one.getByRole("button", { name: "Ask for quests" }).click();
  // At once: nobody has written anything yet.
  await expect(one.getByText("Your quests are being written")).toBeVisible();
  await expect(two.getByText("Your quests are being written")).toBeVisible();
  await expect(one.getByRole("button", { name: accept })).toHaveCount(3);
  await expect(two.getByRole("button", { name: accept })).toHaveCount(3);
  await expect(one.getByText("Your quests are being written")).toBeHidden();
  const title = await one.getByRole("article").first().getByRole("heading").innerText();

  await one.getByRole("button", { name: `Accept: ${title}` }).click();
  await expect(two.getByRole("button", { name: `Start: ${title}` })).toBeVisible();
  await expect(two.getByRole("button", { name: accept })).toHaveCount(2);

  await one.getByRole("button", { name: "Undo" }).click();
  await expect(two.getByRole("button", { name: `Start: ${title}` })).toBeHidden();
  await expect(two.getByRole("button", { name: accept })).toHaveCount(3);
  await expect(one.getByRole("button", { name: accept })).toHaveCount(3);

  await one.getByRole("button", { name: `Accept: ${title}` }).click();
  await two.getByRole("button", { name: `Start: ${title}` }).click();
  await expect(one.getByText("under way").first()).toBeVisible();

  await one.locator("a[href^='/missions/']", { hasText: title }).first().click();
  await expect(one.getByRole("heading", { name: title })).toBeVisible();
  await expect(one.getByRole("heading", { name: "Before you begin" })).toBeVisible();
  await expect(one.getByText("are being written")).toBeHidden();

  await two.goto("/");
  await expect(two.getByTestId("essence")).toHaveText("0");
  await one.getByLabel("How was it?").fill("Good, and quiet.");
  await one.getByRole("button", { name: "Complete" }).click();
  await expect(one.getByText("Well done. It is written down.")).toBeVisible();
  await expect(one.getByText("Good, and quiet.")).toBeVisible();
  // Today hears of it, too.
  await expect(two.getByTestId("essence")).not.toHaveText("0");
  await expect(two.getByText("1 day", { exact: true })).toBeVisible();
});

test("what was asked for goes on after a reload, and a quest can be declined and taken back", async ({
  page,
  signIn,
}) => {
  await signIn();
  await page.goto("/quests");
  await page.getByRole("button", { name: "Ask for quests" }).click();
  await expect(page.getByText("Your quests are being written")).toBeVisible();
  await page.reload();
  const decline = page.getByRole("button", { name: /^Decline: / });
  await expect(decline).toHaveCount(3);
  await decline.first().click();
  await expect(decline).toHaveCount(2);
  await page.getByRole("button", { name: "Undo" }).click();
  await expect(decline).toHaveCount(3);
});
