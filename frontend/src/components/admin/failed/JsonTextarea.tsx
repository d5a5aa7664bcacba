"use client";

import { type Ref, useId, useRef } from "react";

import { cn } from "@/lib/cn";

interface JsonTextareaProps {
  ref: Ref<HTMLTextAreaElement>;
  label: string;
  value: string;
  onValue: (value: string) => void;
  wrongLines: readonly number[];
  /** What is said about it. */
  describedBy: string;
}

const LEAST_ROWS = 8;
const MOST_ROWS = 28;
const FONT = "font-mono text-[0.8rem] leading-[1.4rem] py-2";

/** A plain field for JSON with its lines numbered, so that a problem can be found. Tab leaves it, as everywhere. */
export function JsonTextarea({ ref, label, value, onValue, wrongLines, describedBy }: JsonTextareaProps) {
  const id = useId();
  const numbers = useRef<HTMLOListElement>(null);
  const lines = value.split("\n").length;
  const isWrong = wrongLines.length > 0;
  return (
    <div className="grid gap-1.5">
      <label htmlFor={id} className="text-sm font-medium">
        {label}
      </label>
      <div
        className={cn(
          "border-line-strong bg-raised has-focus-visible:outline-focus flex overflow-hidden rounded-lg border has-focus-visible:outline-2 has-focus-visible:outline-offset-2",
          isWrong && "border-red",
        )}
      >
        <ol
          ref={numbers}
          aria-hidden
          className={cn(
            "bg-sunken text-ink-soft w-11 shrink-0 overflow-hidden border-r text-right select-none",
            FONT,
          )}
        >
          {Array.from({ length: lines }, (_, index) => (
            <li
              key={index}
              className={cn("px-2", wrongLines.includes(index + 1) && "bg-red-soft text-red font-semibold")}
            >
              {index + 1}
            </li>
          ))}
        </ol>
        <textarea
          ref={ref}
          id={id}
          value={value}
          wrap="off"
          // It is shown because somebody wants to type in it.
          autoFocus
          spellCheck={false}
          autoCapitalize="off"
          autoComplete="off"
          aria-invalid={isWrong || undefined}
          aria-describedby={describedBy}
          rows={Math.min(MOST_ROWS, Math.max(LEAST_ROWS, lines + 1))}
          className={cn("min-w-0 flex-1 resize-y bg-transparent px-3 whitespace-pre outline-none", FONT)}
          onChange={(event) => onValue(event.target.value)}
          onScroll={(event) => {
            if (numbers.current !== null) numbers.current.scrollTop = event.currentTarget.scrollTop;
          }}
        />
      </div>
    </div>
  );
}
