/** One conversation in two tabs, which share one stream. */
import { Chat } from "./support/chat";
import { expect, test } from "./support/test";

test("a tab that joins in the middle of an answer shows it from its beginning", async ({
  context,
  signIn,
}) => {
  await signIn();
  const one = new Chat(await context.newPage());
  await one.open();
  await one.say("Tell me slowly what helps when I feel tired.");
  const begun = await one.partialAnswer(4);
  const two = new Chat(await context.newPage());
  await two.open();
  await two.partialAnswer(4);
  expect((await two.answer.innerText()).replace(/^Eliza:\s*/, "").startsWith(begun)).toBe(true);
  const whole = await one.wholeAnswer();
  expect(await two.wholeAnswer()).toBe(whole);

  // The tab that read the stream for both goes: the other one takes over.
  await one.page.close();
  await two.say("Thank you!");
  await expect(two.log.locator("p").filter({ hasText: /^Eliza: / })).toHaveCount(2);
});
