/** Answers as they are being written, from the frames of the companion's stream. */
import type { Frame } from "@/types/frames";
import type { Character } from "@/types/api";

export interface Answer {
  id: string;
  character: Character;
  text: string;
  state: "writing" | "restarted" | "complete" | "interrupted";
  model: string | null;
}

export type Answers = readonly Answer[];

/** The answers after one more frame. Frames of other streams change nothing. */
export function withFrame(answers: Answers, frame: Frame): Answers {
  switch (frame.type) {
    case "token":
      return change(answers, frame, (before) => ({
        ...before,
        text: before.text + frame.content,
        state: before.state === "restarted" ? "writing" : before.state,
      }));
    case "attempt_restarted":
      // What was shown of it is void: the next words begin it anew.
      return change(answers, frame, (before) => ({ ...before, text: "", state: "restarted" }));
    case "complete":
      return change(answers, frame, (before) => ({ ...before, state: "complete", model: frame.model }));
    case "interrupted":
      return change(answers, frame, (before) => ({ ...before, state: "interrupted" }));
    case "reset":
      // Pieces may be lost: the history has the whole of it.
      return [];
    default:
      return answers;
  }
}

interface AnswerFrame {
  message_id: string;
  character: Character;
}

function change(answers: Answers, frame: AnswerFrame, next: (before: Answer) => Answer): Answers {
  const known = answers.find((it) => it.id === frame.message_id);
  const before: Answer = known ?? {
    id: frame.message_id,
    character: frame.character,
    text: "",
    state: "writing",
    model: null,
  };
  const after = next(before);
  return known === undefined ? [...answers, after] : answers.map((it) => (it.id === after.id ? after : it));
}
