import { cva, type VariantProps } from "class-variance-authority";
import type { ComponentProps } from "react";

import { cn } from "@/lib/cn";

const badge = cva(
  "inline-flex items-center gap-1.5 rounded-full px-2.5 py-0.5 text-xs font-medium whitespace-nowrap [&_svg]:size-3.5",
  {
    variants: {
      tone: {
        neutral: "bg-sunken text-ink-soft",
        accent: "bg-accent-soft text-accent",
        red: "bg-red-soft text-red",
        yellow: "bg-yellow-soft text-yellow",
        green: "bg-green-soft text-green",
        growth: "bg-growth-soft text-growth",
        health: "bg-health-soft text-health",
        craft: "bg-craft-soft text-craft",
        connection: "bg-connection-soft text-connection",
      },
    },
    defaultVariants: { tone: "neutral" },
  },
);

export type Tone = NonNullable<VariantProps<typeof badge>["tone"]>;

export function Badge({ className, tone, ...rest }: ComponentProps<"span"> & VariantProps<typeof badge>) {
  return <span className={cn(badge({ tone }), className)} {...rest} />;
}
