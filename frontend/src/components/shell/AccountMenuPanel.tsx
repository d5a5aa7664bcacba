"use client";

import { LogOut, Telescope } from "lucide-react";
import Link from "next/link";
import { type ReactNode, useState } from "react";

import { Menu, MenuChoice, MenuChoices, MenuItem, MenuLabel, MenuSeparator } from "@/components/ui/Menu";
import type { Viewer } from "@/lib/server/session";
import { signOut } from "@/lib/signOut";
import { strings } from "@/lib/strings/app";
import { applyTheme, asTheme, shownTheme, type Theme, THEMES } from "@/lib/theme";
import { toast } from "@/lib/toast";

interface AccountMenuPanelProps {
  viewer: Viewer;
  trigger: ReactNode;
  align: "start" | "end";
}

/** Opens as it arrives: somebody asked for it. */
export default function AccountMenuPanel({ viewer, trigger, align }: AccountMenuPanelProps) {
  const [theme, setTheme] = useState<Theme>(shownTheme);

  function choose(value: string): void {
    const next = asTheme(value);
    setTheme(next);
    applyTheme(next);
  }

  async function leave(): Promise<void> {
    try {
      await signOut();
    } catch {
      toast.error(strings.errors.away);
    }
  }

  return (
    <Menu align={align} trigger={trigger} isOpenAtFirst>
      <MenuLabel>{viewer.name}</MenuLabel>
      {viewer.isOperator && (
        <MenuItem asChild>
          <Link href="/admin">
            <Telescope aria-hidden />
            {strings.person.nav.console}
          </Link>
        </MenuItem>
      )}
      <MenuSeparator />
      <MenuLabel>{strings.theme.label}</MenuLabel>
      <MenuChoices value={theme} onValueChange={choose}>
        {THEMES.map((it) => (
          <MenuChoice key={it} value={it} onSelect={(event) => event.preventDefault()}>
            {strings.theme[it]}
          </MenuChoice>
        ))}
      </MenuChoices>
      <MenuSeparator />
      <MenuItem onSelect={() => void leave()}>
        <LogOut aria-hidden />
        {strings.actions.signOut}
      </MenuItem>
    </Menu>
  );
}
