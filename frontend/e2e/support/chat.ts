/** The conversation with Eliza, as a test sees and hears it. */
import type { Locator, Page } from "@playwright/test";

import { expect } from "./test";

export class Chat {
  readonly log: Locator;
  readonly box: Locator;
  /** The answer that is being written, or was just now. */
  readonly answer: Locator;

  constructor(readonly page: Page) {
    this.log = page.getByRole("log", { name: "Conversation with Eliza" });
    this.box = page.getByLabel("Message to Eliza");
    this.answer = this.log.getByTestId("answer");
  }

  async open(): Promise<void> {
    await this.page.goto("/companion/eliza");
    await expect(this.box).toBeVisible();
  }

  async say(text: string): Promise<void> {
    await this.box.fill(text);
    await this.box.press("Enter");
    await expect(this.box).toHaveValue("");
  }

  /** What is written of the answer, once that is at least so many words. */
  async partialAnswer(words: number): Promise<string> {
    await expect(this.answer).toHaveText(new RegExp(`^Eliza: (\\S+\\s+){${words - 1}}\\S+`));
    return textOf(await this.answer.innerText());
  }

  /** The newest answer, when the history has it. */
  async wholeAnswer(): Promise<string> {
    // The mark is of the history, too; what is being written has no time yet.
    await expect(this.log.getByText("offline", { exact: true }).last()).toBeVisible();
    await expect(this.answer).toHaveCount(0);
    return textOf(
      await this.log
        .locator("p")
        .filter({ hasText: /^Eliza: / })
        .last()
        .innerText(),
    );
  }
}

function textOf(said: string): string {
  return said.replace(/^Eliza:\s*/, "").trim();
}
