import { cva, type VariantProps } from "class-variance-authority";
import { Slot } from "radix-ui";
import type { ComponentProps } from "react";

import { cn } from "@/lib/cn";

import { Spinner } from "./Spinner";

const button = cva(
  "inline-flex shrink-0 items-center justify-center gap-2 rounded-full font-medium whitespace-nowrap transition-colors select-none disabled:pointer-events-none disabled:opacity-55 aria-disabled:pointer-events-none aria-disabled:opacity-55 [&_svg]:size-[1.1em] [&_svg]:shrink-0",
  {
    variants: {
      variant: {
        primary: "bg-accent text-accent-ink hover:bg-[color-mix(in_oklab,var(--accent)_88%,var(--ink))]",
        soft: "bg-accent-soft text-accent hover:bg-[color-mix(in_oklab,var(--accent-soft)_85%,var(--accent))]",
        outline: "border border-line-strong bg-transparent text-ink hover:bg-sunken",
        ghost: "text-ink-soft hover:bg-sunken hover:text-ink",
        danger: "bg-red-soft text-red hover:bg-[color-mix(in_oklab,var(--red-soft)_85%,var(--red))]",
      },
      size: {
        sm: "h-8 px-3 text-sm",
        md: "h-10 px-4 text-[0.95rem]",
        lg: "h-12 px-6 text-base",
        icon: "size-10",
        iconSm: "size-8",
      },
    },
    defaultVariants: { variant: "primary", size: "md" },
  },
);

interface ButtonProps extends ComponentProps<"button">, VariantProps<typeof button> {
  /** Renders the child (a link) as the button. */
  asChild?: boolean;
  /** Under way: it shows so, and takes no second press. */
  isBusy?: boolean;
}

export function Button({
  className,
  variant,
  size,
  asChild = false,
  isBusy = false,
  children,
  ...rest
}: ButtonProps) {
  const classes = cn(button({ variant, size }), className);
  if (asChild) {
    return (
      <Slot.Root className={classes} {...rest}>
        {children}
      </Slot.Root>
    );
  }
  return (
    <button type="button" className={classes} aria-busy={isBusy || undefined} disabled={isBusy} {...rest}>
      {isBusy && <Spinner />}
      {children}
    </button>
  );
}
