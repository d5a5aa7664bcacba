/** The API dies during a chat and comes back: nothing is missed, and nothing that was typed is lost. */
import { Chat } from "./support/chat";
import { killProcess } from "./support/system";
import { expect, test } from "./support/test";

interface History {
  items: { author: string; text: string; status: string | null }[];
}

test("the stream resumes where it broke off, and what was typed is kept and sent", async ({
  page,
  signIn,
  api,
}) => {
  await signIn();
  const chat = new Chat(page);
  await chat.open();
  const resumed: (string | null)[] = [];
  page.on("request", (request) => {
    const url = new URL(request.url());
    if (url.pathname === "/api/v1/sse/companion/stream") resumed.push(url.searchParams.get("last_event_id"));
  });
  await chat.say("Tell me slowly how to rest. I feel tired, and I am grateful.");
  const partial = await chat.partialAnswer(3);
  killProcess("api");

  await expect(page.getByText("Reconnecting… nothing is lost.")).toBeVisible();
  await expect(page.getByText("Delight cannot be reached.")).toBeVisible();
  // What was there stays.
  await expect(chat.answer).toContainText(partial);
  await chat.box.fill("And one more thing");
  await expect(page.getByText("Delight cannot be reached.")).toBeHidden();
  await expect(page.getByText("Reconnecting… nothing is lost.")).toBeHidden();
  expect(resumed.filter((id) => id !== null && id !== "0-0").length).toBeGreaterThan(0);

  const whole = await chat.wholeAnswer();
  const history = (await (await api.get("companion/messages?character=eliza")).json()) as History;
  expect(history.items.filter((item) => item.author !== "person").map((item) => item.text)).toEqual([whole]);
  await expect(chat.box).toHaveValue("And one more thing");
});

test("a message written while the API is away is sent once when it is back", async ({
  page,
  signIn,
  api,
}) => {
  await signIn();
  const chat = new Chat(page);
  await chat.open();
  killProcess("api");
  await chat.say("Are you there?");
  await expect(chat.log.getByText("Are you there?")).toBeVisible();
  await expect(page.getByText("Delight cannot be reached.")).toBeVisible();
  await chat.wholeAnswer();
  const history = (await (await api.get("companion/messages?character=eliza")).json()) as History;
  expect(history.items.filter((item) => item.author === "person").map((item) => item.text)).toEqual([
    "Are you there?",
  ]);
});
