import type { ComponentProps } from "react";

import { cn } from "@/lib/cn";

export function Card({ className, ...rest }: ComponentProps<"section">) {
  return <section className={cn("bg-card shadow-soft rounded-xl border p-5 sm:p-6", className)} {...rest} />;
}

export function CardTitle({ className, ...rest }: ComponentProps<"h2">) {
  return <h2 className={cn("text-xl font-semibold", className)} {...rest} />;
}
