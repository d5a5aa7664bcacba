"use client";

import { Tabs as RadixTabs } from "radix-ui";
import type { ComponentProps } from "react";

import { cn } from "@/lib/cn";

export const Tabs = RadixTabs.Root;

export function TabList({ className, ...rest }: ComponentProps<typeof RadixTabs.List>) {
  return (
    <RadixTabs.List
      className={cn("bg-sunken inline-flex max-w-full gap-1 overflow-x-auto rounded-full p-1", className)}
      {...rest}
    />
  );
}

export function Tab({ className, ...rest }: ComponentProps<typeof RadixTabs.Trigger>) {
  return (
    <RadixTabs.Trigger
      className={cn(
        "text-ink-soft hover:text-ink data-[state=active]:bg-raised data-[state=active]:text-ink data-[state=active]:shadow-soft rounded-full px-4 py-1.5 text-sm font-medium whitespace-nowrap transition-colors",
        className,
      )}
      {...rest}
    />
  );
}

export const TabPanel = RadixTabs.Content;
