"use client";

import { ArrowLeftRight } from "lucide-react";
import Link from "next/link";
import { usePathname } from "next/navigation";
import type { ReactNode } from "react";

import { AccountMenu } from "@/components/shell/AccountMenu";
import { ConnectionBanner } from "@/components/shell/ConnectionBanner";
import { Wordmark } from "@/components/shell/Wordmark";
import { cn } from "@/lib/cn";
import type { Viewer } from "@/lib/server/session";
import { strings } from "@/lib/strings";
import { useConsoleSession } from "@/lib/useConsoleSession";

import { AlertCount } from "./AlertCount";

const { nav, title } = strings.admin;

const PLACES = [
  { href: "/admin", label: nav.overview },
  { href: "/admin/failed", label: nav.failedJobs },
  { href: "/admin/jobs", label: nav.jobs },
  { href: "/admin/groups", label: nav.groups },
  { href: "/admin/audit", label: nav.audit },
] as const;

interface AdminShellProps {
  viewer: Viewer;
  children: ReactNode;
}

/** The frame of the operator's console: its places above, and the whole width for tables. */
export function AdminShell({ viewer, children }: AdminShellProps) {
  const pathname = usePathname();
  useConsoleSession();
  function isHere(href: string): boolean {
    return href === "/admin" ? pathname === "/admin" : pathname.startsWith(href);
  }
  return (
    <div className="flex min-h-dvh flex-col">
      <a
        href="#content"
        className="bg-accent text-accent-ink fixed top-2 left-2 z-50 -translate-y-16 rounded-full px-4 py-2 focus:translate-y-0"
      >
        {strings.skip}
      </a>
      <header className="bg-card border-b">
        <div className="mx-auto flex w-full max-w-[100rem] flex-wrap items-center gap-x-6 px-4 sm:px-6">
          <Link href="/admin" className="flex items-center gap-2.5 rounded-md py-3">
            <Wordmark />
            <span className="text-ink-soft border-l pl-2.5 text-sm">{title}</span>
          </Link>
          <div className="ml-auto flex items-center gap-1 py-2 md:order-last">
            <Link
              href="/"
              className="text-ink-soft hover:text-ink hover:bg-sunken flex items-center gap-2 rounded-full px-3 py-1.5 text-sm"
            >
              <ArrowLeftRight aria-hidden className="size-4" />
              <span className="max-sm:sr-only">{nav.person}</span>
            </Link>
            <AccountMenu viewer={viewer} isCompact />
          </div>
          <nav aria-label={nav.label} className="max-md:w-full max-md:overflow-x-auto">
            <ul className="flex gap-0.5 max-md:-mx-1.5 sm:gap-1">
              {PLACES.map(({ href, label }) => (
                <li key={href}>
                  <Link
                    href={href}
                    aria-current={isHere(href) ? "page" : undefined}
                    className={cn(
                      "text-ink-soft hover:text-ink flex items-center gap-1.5 border-b-2 border-transparent px-1.5 py-3 text-sm whitespace-nowrap sm:px-2.5 md:py-4",
                      isHere(href) && "border-accent text-ink font-semibold",
                    )}
                  >
                    {label}
                    {href === "/admin" && <AlertCount />}
                  </Link>
                </li>
              ))}
            </ul>
          </nav>
        </div>
      </header>
      <ConnectionBanner />
      <main
        id="content"
        tabIndex={-1}
        className="mx-auto w-full max-w-[100rem] min-w-0 flex-1 px-4 pt-5 pb-14 outline-none sm:px-6"
      >
        {children}
      </main>
    </div>
  );
}
