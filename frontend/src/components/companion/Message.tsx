"use client";

import { CloudOff, RotateCcw } from "lucide-react";
import type { ReactNode } from "react";

import { Badge } from "@/components/ui/Badge";
import { Button } from "@/components/ui/Button";
import { cn } from "@/lib/cn";
import type { Answer } from "@/lib/companion/answers";
import type { OutgoingMessage } from "@/lib/companion/outbox";
import { formatMoment } from "@/lib/dates";
import { strings } from "@/lib/strings/app";
import type { CompanionMessageRead } from "@/types/api";

const words = strings.person.companion;
const OFFLINE = "offline";

interface BubbleProps {
  isMine: boolean;
  author: string;
  children: ReactNode;
  below?: ReactNode;
}

function Bubble({ isMine, author, children, below }: BubbleProps) {
  return (
    <div
      className={cn(
        "grid max-w-[85%] gap-1 sm:max-w-[75%]",
        isMine ? "justify-items-end self-end" : "self-start",
      )}
    >
      <p
        className={cn(
          "rounded-2xl px-4 py-2.5 leading-relaxed wrap-anywhere whitespace-pre-wrap",
          isMine
            ? "bg-accent text-accent-ink rounded-br-md"
            : "bg-sunken rounded-bl-md font-serif text-[1.05rem]",
        )}
      >
        <span className="sr-only">{author}: </span>
        {children}
      </p>
      {below && <div className="text-ink-soft flex flex-wrap items-center gap-2 px-1 text-xs">{below}</div>}
    </div>
  );
}

/** A message of the history. */
export function MessageBubble({
  message,
  onAskAgain,
}: {
  message: CompanionMessageRead;
  onAskAgain: () => void;
}) {
  const isMine = message.author === "person";
  const name = strings.person.characters[message.character];
  return (
    <Bubble
      isMine={isMine}
      author={isMine ? words.you : name}
      below={
        <>
          {message.initiated && message.reason !== null && <span>{words.reachedOut[message.reason]}</span>}
          <span>{formatMoment(message.created_at)}</span>
          {message.model === OFFLINE && <OfflineMark />}
          {message.status === "superseded" && <span>{words.interrupted}</span>}
          {message.status === "failed" && (
            <>
              <span className="text-red">{words.failed}</span>
              <Button variant="outline" size="sm" className="h-7 text-xs" onClick={onAskAgain}>
                <RotateCcw aria-hidden />
                {words.askAgain}
              </Button>
            </>
          )}
        </>
      }
    >
      {message.text}
    </Bubble>
  );
}

/** A message that the history does not have yet. */
export function OutgoingBubble({
  message,
  onSendAgain,
}: {
  message: OutgoingMessage;
  onSendAgain: () => void;
}) {
  return (
    <Bubble
      isMine
      author={words.you}
      below={
        message.state === "failed" ? (
          <>
            <span className="text-red">{words.notSent}</span>
            <Button variant="outline" size="sm" className="h-7 text-xs" onClick={onSendAgain}>
              {words.sendAgain}
            </Button>
          </>
        ) : message.state === "sending" ? (
          words.sending
        ) : null
      }
    >
      {message.text}
    </Bubble>
  );
}

/** An answer as it is being written. */
export function AnswerBubble({ answer }: { answer: Answer }) {
  const name = strings.person.characters[answer.character];
  const isWriting = answer.state === "writing" || answer.state === "restarted";
  return (
    <div data-testid="answer" data-state={answer.state}>
      <Bubble
        isMine={false}
        author={name}
        below={
          answer.state === "restarted" ? (
            words.restarted
          ) : answer.state === "interrupted" ? (
            words.interrupted
          ) : answer.model === OFFLINE ? (
            <OfflineMark />
          ) : null
        }
      >
        {answer.text}
        {isWriting && (
          <span
            aria-hidden
            className="animate-breathe ml-0.5 inline-block h-[1em] w-0.5 translate-y-0.5 bg-current"
          />
        )}
      </Bubble>
    </div>
  );
}

export function ThinkingBubble({ name }: { name: string }) {
  return (
    <p className="bg-sunken text-ink-soft flex items-center gap-2 self-start rounded-2xl rounded-bl-md px-4 py-3">
      <span aria-hidden className="flex gap-1">
        {[0, 200, 400].map((delay) => (
          <span
            key={delay}
            className="animate-breathe size-1.5 rounded-full bg-current"
            style={{ animationDelay: `${delay}ms` }}
          />
        ))}
      </span>
      {words.thinking(name)}
    </p>
  );
}

function OfflineMark() {
  return (
    <Badge title={words.offlineHint}>
      <CloudOff aria-hidden />
      {words.offline}
    </Badge>
  );
}
