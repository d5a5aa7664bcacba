"use client";

import Link from "next/link";
import type { ReactNode } from "react";

import { AccountMenu } from "@/components/shell/AccountMenu";
import { ConnectionBanner } from "@/components/shell/ConnectionBanner";
import { Wordmark } from "@/components/shell/Wordmark";
import type { Viewer } from "@/lib/server/session";
import { strings } from "@/lib/strings";

/** The frame of the operator's console. */
export function AdminShell({ viewer, children }: { viewer: Viewer; children: ReactNode }) {
  return (
    <div className="flex min-h-dvh flex-col">
      <ConnectionBanner />
      <header className="bg-card flex items-center gap-4 border-b px-4 py-3 sm:px-6">
        <Link href="/admin" className="rounded-md">
          <Wordmark />
        </Link>
        <span className="text-ink-soft">{strings.admin.title}</span>
        <div className="ml-auto">
          <AccountMenu viewer={viewer} isCompact />
        </div>
      </header>
      <main id="content" className="mx-auto w-full max-w-[90rem] flex-1 px-4 py-6 sm:px-6">
        {children}
      </main>
    </div>
  );
}
