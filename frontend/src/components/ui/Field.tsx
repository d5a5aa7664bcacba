"use client";

import { createContext, type ComponentProps, type ReactNode, use, useId } from "react";

import { cn } from "@/lib/cn";

interface FieldIds {
  control: string;
  describedBy: string | undefined;
  isWrong: boolean;
}

const FieldContext = createContext<FieldIds | null>(null);

interface FieldProps {
  label: ReactNode;
  /** Said below the label, before anything is wrong. */
  hint?: ReactNode;
  /** What is wrong, at its place. */
  error?: string | undefined;
  isLabelHidden?: boolean;
  className?: string;
  children: ReactNode;
}

/** A labelled control with its hint and its error, tied together for screen readers. */
export function Field({ label, hint, error, isLabelHidden = false, className, children }: FieldProps) {
  const id = useId();
  const hintId = hint ? `${id}-hint` : undefined;
  const errorId = error ? `${id}-error` : undefined;
  const describedBy = [hintId, errorId].filter(Boolean).join(" ") || undefined;
  return (
    <FieldContext value={{ control: id, describedBy, isWrong: Boolean(error) }}>
      <div className={cn("grid gap-1.5", className)}>
        <label htmlFor={id} className={isLabelHidden ? "sr-only" : "text-sm font-medium"}>
          {label}
        </label>
        {hint && (
          <p id={hintId} className="text-ink-soft text-sm">
            {hint}
          </p>
        )}
        {children}
        {error && (
          <p id={errorId} role="alert" className="text-red text-sm">
            {error}
          </p>
        )}
      </div>
    </FieldContext>
  );
}

const CONTROL =
  "w-full rounded-lg border border-line-strong bg-raised px-3.5 text-[0.95rem] text-ink placeholder:text-ink-soft disabled:opacity-55 aria-invalid:border-red";

function useControl() {
  const field = use(FieldContext);
  return field === null
    ? {}
    : {
        id: field.control,
        "aria-describedby": field.describedBy,
        "aria-invalid": field.isWrong || undefined,
      };
}

export function Input({ className, ...rest }: ComponentProps<"input">) {
  return <input {...useControl()} className={cn(CONTROL, "h-10", className)} {...rest} />;
}

export function Textarea({ className, ...rest }: ComponentProps<"textarea">) {
  return (
    <textarea
      {...useControl()}
      className={cn(CONTROL, "min-h-24 py-2.5 leading-relaxed", className)}
      {...rest}
    />
  );
}

/** The system's own list: the best one on phones and for the keyboard. */
export function Select({ className, ...rest }: ComponentProps<"select">) {
  return (
    <select {...useControl()} className={cn(CONTROL, "h-10 appearance-auto pr-2", className)} {...rest} />
  );
}
