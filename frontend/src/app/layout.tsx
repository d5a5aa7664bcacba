import "./globals.css";

import type { Metadata, Viewport } from "next";
import { cookies, headers } from "next/headers";
import type { ReactNode } from "react";

import { Monitoring } from "@/components/shell/Monitoring";
import { Providers } from "@/components/shell/Providers";
import { settings } from "@/lib/server/settings";
import { strings } from "@/lib/strings/app";
import { asTheme, THEME_COOKIE } from "@/lib/theme";

export const metadata: Metadata = {
  title: { default: strings.product, template: `%s · ${strings.product}` },
  description: strings.tagline,
};

export const viewport: Viewport = {
  themeColor: [
    { media: "(prefers-color-scheme: light)", color: "#f7f3ea" },
    { media: "(prefers-color-scheme: dark)", color: "#11121d" },
  ],
};

export default async function RootLayout({ children }: { children: ReactNode }) {
  // Reading them makes every page dynamic, as the nonce needs.
  const nonce = (await headers()).get("x-nonce") ?? "";
  const theme = asTheme((await cookies()).get(THEME_COOKIE)?.value);
  const dsn = settings().sentryDsn;
  return (
    <html lang="en" data-theme={theme === "system" ? undefined : theme} suppressHydrationWarning>
      <body>
        <Providers nonce={nonce}>{children}</Providers>
        {dsn !== undefined && <Monitoring dsn={dsn} />}
      </body>
    </html>
  );
}
