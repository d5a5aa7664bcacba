import { useInfiniteQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useMemo, useState } from "react";
import { toast } from "@/lib/toast";

import type { Character, CompanionMessageRead } from "@/types/api";

import { answered, api, newIdempotencyKey } from "./api/client";
import { ApiError, isTransient, NetworkError, sentence } from "./api/errors";
import { retryDelay, shouldRetry } from "./api/retry";
import { type Answers, withFrame } from "./companion/answers";
import {
  changeMessage,
  forgetMessages,
  type OutgoingMessage,
  putMessage,
  useOutbox,
} from "./companion/outbox";
import { onReturn, reportAnswer } from "./connection";
import { useStream } from "./live/LiveProvider";
import { queries } from "./queries";

const KEY = ["companion"];

/** A conversation: its history, the answer as it is written, and what is on its way. */
export function useCompanion(character: Character) {
  const cache = useQueryClient();
  const history = useInfiniteQuery(queries.messages(character));
  const outbox = useOutbox();
  const [answers, setAnswers] = useState<Answers>([]);
  const [isLive, setIsLive] = useState(false);

  useStream(
    "companion/stream",
    (frame) => {
      setAnswers((before) => withFrame(before, frame));
      if (frame.type === "complete" || frame.type === "interrupted" || frame.type === "reset") {
        void cache.invalidateQueries({ queryKey: KEY });
      }
    },
    (isOpen) => {
      setIsLive(isOpen);
      if (isOpen) void cache.invalidateQueries({ queryKey: KEY });
    },
  );

  const messages = useMemo(
    () => (history.data?.pages.flatMap((page) => page.items) ?? []).toReversed(),
    [history.data],
  );
  const known = useMemo(() => new Set(messages.map((message) => message.id)), [messages]);
  useEffect(() => forgetMessages((it) => it.messageId !== undefined && known.has(it.messageId)), [known]);
  // What waited for the API is sent when it is back.
  useEffect(
    () =>
      onReturn(() => void Promise.all(outbox.filter((it) => it.state === "failed").map((it) => deliver(it)))),
    [outbox],
  );

  return {
    history,
    messages,
    isLive,
    /** Answers that the history does not have yet. */
    answers: answers.filter((answer) => answer.character === character && !known.has(answer.id)),
    outgoing: outbox.filter(
      (it) => it.character === character && (it.messageId === undefined || !known.has(it.messageId)),
    ),
    isAwaiting: isAwaiting(messages, outbox, character),
    send: (text: string) =>
      void deliver({
        key: newIdempotencyKey(),
        character,
        text,
        writtenAt: new Date().toISOString(),
        state: "sending",
      }),
    sendAgain: (message: OutgoingMessage) => void deliver(message),
  };
}

/** Sends with back-off until the API took it, or said no. */
async function deliver(message: OutgoingMessage): Promise<void> {
  putMessage({ ...message, state: "sending" });
  for (let failures = 0; ; failures++) {
    try {
      const accepted = await answered(
        api.POST("/api/v1/companion/chat", {
          body: { character: message.character, message: message.text, policy: "enqueue" },
          params: { header: { "idempotency-key": message.key } },
        }),
      );
      reportAnswer(true);
      changeMessage(message.key, {
        state: "accepted",
        messageId: accepted.job_id,
        answerId: accepted.message_id,
      });
      return;
    } catch (error) {
      if (error instanceof NetworkError || (error instanceof ApiError && error.status === 503))
        reportAnswer(false);
      if (!isTransient(error) || !shouldRetry(failures, error)) {
        changeMessage(message.key, { state: "failed" });
        toast.error(sentence(error), { id: sentence(error) });
        return;
      }
      await new Promise((resolve) => setTimeout(resolve, retryDelay(failures, error)));
    }
  }
}

function isAwaiting(
  messages: readonly CompanionMessageRead[],
  outbox: readonly OutgoingMessage[],
  character: Character,
): boolean {
  return (
    messages.some((message) => message.author === "person" && message.status === "waiting") ||
    outbox.some((it) => it.character === character && it.state === "accepted")
  );
}
