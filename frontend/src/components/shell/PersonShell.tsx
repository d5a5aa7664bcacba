"use client";

import { BookHeart, LineChart, type LucideIcon, MessagesSquare, Settings, Sprout, Sun } from "lucide-react";
import Link from "next/link";
import { usePathname } from "next/navigation";
import type { ReactNode } from "react";

import { Inbox } from "@/components/inbox/Inbox";
import { cn } from "@/lib/cn";
import type { Viewer } from "@/lib/server/session";
import { strings } from "@/lib/strings/app";

import { AccountMenu } from "./AccountMenu";
import { ConnectionBanner } from "./ConnectionBanner";
import { Wordmark } from "./Wordmark";

const { nav } = strings.person;

const PLACES = [
  { href: "/", label: nav.today, icon: Sun },
  { href: "/quests", label: nav.quests, icon: Sprout },
  { href: "/companion", label: nav.companion, icon: MessagesSquare },
  { href: "/progress", label: nav.progress, icon: LineChart },
  { href: "/memory", label: nav.memory, icon: BookHeart },
  { href: "/settings", label: nav.settings, icon: Settings },
] as const satisfies readonly { href: string; label: string; icon: LucideIcon }[];

/** The frame of the person's app: places at the side, or at the bottom of a phone. */
export function PersonShell({ viewer, children }: { viewer: Viewer; children: ReactNode }) {
  const pathname = usePathname();
  function isHere(href: string): boolean {
    if (href === "/") return pathname === "/";
    return pathname.startsWith(href) || (href === "/quests" && pathname.startsWith("/missions"));
  }
  return (
    <>
      <a
        href="#content"
        className="bg-accent text-accent-ink fixed top-2 left-2 z-50 -translate-y-16 rounded-full px-4 py-2 focus:translate-y-0"
      >
        {strings.skip}
      </a>
      <div className="mx-auto flex min-h-dvh w-full max-w-[84rem] lg:gap-4">
        <aside className="sticky top-0 hidden h-dvh w-60 shrink-0 flex-col gap-6 px-4 py-7 lg:flex">
          <Link href="/" className="rounded-md px-3">
            <Wordmark />
          </Link>
          <nav aria-label={strings.menu.main}>
            <ul className="grid gap-1">
              {PLACES.map(({ href, label, icon: Icon }) => (
                <li key={href}>
                  <Link
                    href={href}
                    aria-current={isHere(href) ? "page" : undefined}
                    className={cn(
                      "text-ink-soft hover:bg-sunken hover:text-ink flex items-center gap-3 rounded-full px-3.5 py-2.5 transition-colors",
                      isHere(href) &&
                        "bg-accent-soft text-accent hover:bg-accent-soft hover:text-accent font-medium",
                    )}
                  >
                    <Icon aria-hidden className="size-5" strokeWidth={1.75} />
                    {label}
                  </Link>
                </li>
              ))}
            </ul>
          </nav>
          <div className="mt-auto flex items-center gap-1">
            <div className="min-w-0 flex-1">
              <AccountMenu viewer={viewer} />
            </div>
            <Inbox />
          </div>
        </aside>
        <div className="flex min-w-0 flex-1 flex-col">
          <ConnectionBanner />
          <header className="flex items-center justify-between px-4 pt-4 sm:px-6 lg:hidden">
            <Link href="/" className="rounded-md">
              <Wordmark />
            </Link>
            <div className="flex items-center gap-1">
              <Inbox />
              <AccountMenu viewer={viewer} isCompact />
            </div>
          </header>
          <main
            id="content"
            tabIndex={-1}
            className="min-w-0 flex-1 px-4 pt-5 pb-28 outline-none sm:px-6 lg:px-8 lg:pt-8 lg:pb-14"
          >
            {children}
          </main>
        </div>
      </div>
      <nav
        aria-label={strings.menu.main}
        className="bg-card/95 fixed inset-x-0 bottom-0 z-20 border-t pb-[env(safe-area-inset-bottom)] backdrop-blur lg:hidden"
      >
        <ul className="mx-auto grid max-w-xl grid-cols-6">
          {PLACES.map(({ href, label, icon: Icon }) => (
            <li key={href}>
              <Link
                href={href}
                aria-current={isHere(href) ? "page" : undefined}
                className={cn(
                  "text-ink-soft grid min-h-14 justify-items-center gap-0.5 px-0.5 pt-2 pb-1.5 text-[0.6875rem]",
                  isHere(href) && "text-accent font-semibold",
                )}
              >
                <Icon aria-hidden className="size-5" strokeWidth={isHere(href) ? 2.25 : 1.75} />
                {label}
              </Link>
            </li>
          ))}
        </ul>
      </nav>
    </>
  );
}
