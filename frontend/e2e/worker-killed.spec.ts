/** A worker dies while Eliza answers: what was shown is replaced, and the whole answer arrives. */
import { Chat } from "./support/chat";
import { killProcess } from "./support/system";
import { expect, test } from "./support/test";

declare global {
  interface Window {
    answerTexts: string[];
  }
}

test("an answer is whole although its worker was killed in the middle", async ({ page, signIn }) => {
  await signIn();
  const chat = new Chat(page);
  await chat.open();
  // Everything that the answer ever showed.
  await page.evaluate(() => {
    window.answerTexts = [];
    new MutationObserver(() => {
      const text = document.querySelector("[data-testid=answer] p")?.textContent;
      if (text !== undefined && text !== window.answerTexts.at(-1)) window.answerTexts.push(text);
    }).observe(document.body, { childList: true, subtree: true, characterData: true });
  });
  await chat.say("Take your time: I slept badly and feel tired.");
  const partial = await chat.partialAnswer(5);
  killProcess("worker");

  const whole = await chat.wholeAnswer();
  expect(whole.length).toBeGreaterThan(partial.length);
  const texts = await page.evaluate(() => window.answerTexts);
  const longest = texts.findIndex((text) => text.includes(partial));
  expect(
    texts.slice(longest).some((text) => text.length < partial.length),
    "the partial answer was taken back before it was written anew",
  ).toBe(true);
  expect(whole.split(partial.slice(0, 15))).toHaveLength(2);
});
