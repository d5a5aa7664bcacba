import type { Metadata } from "next";
import type { ReactNode } from "react";

import { AdminShell } from "@/components/admin/AdminShell";
import { requireOperator } from "@/lib/server/requireSession";
import { viewerOf } from "@/lib/server/session";
import { strings } from "@/lib/strings";

export const metadata: Metadata = {
  title: { default: strings.admin.title, template: `%s · ${strings.admin.title}` },
};

export default async function AdminLayout({ children }: { children: ReactNode }) {
  const viewer = viewerOf(await requireOperator());
  return <AdminShell viewer={viewer}>{children}</AdminShell>;
}
