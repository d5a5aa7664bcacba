import { expect, test } from "vitest";

import type { Frame } from "@/types/frames";

import { type Answers, withFrame } from "../answers";

const answer = { message_id: "1", character: "eliza" } as const;

function after(...frames: Frame[]): Answers {
  return frames.reduce<Answers>(withFrame, []);
}

test("pieces make an answer", () => {
  const [written] = after(
    { type: "token", ...answer, content: "Hello " },
    { type: "token", ...answer, content: "Ada" },
    { type: "complete", ...answer, model: "offline" },
  );
  expect(written).toMatchObject({ text: "Hello Ada", state: "complete", model: "offline" });
});

test("a restarted attempt replaces what was shown", () => {
  const [written] = after(
    { type: "token", ...answer, content: "Helo" },
    { type: "attempt_restarted", ...answer },
    { type: "token", ...answer, content: "Hello" },
  );
  expect(written).toMatchObject({ text: "Hello", state: "writing" });
});
