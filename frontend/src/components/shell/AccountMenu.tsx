"use client";

import { ChevronsUpDown, LogOut, Telescope } from "lucide-react";
import Link from "next/link";
import { useState } from "react";
import { toast } from "sonner";

import { Button } from "@/components/ui/Button";
import { Menu, MenuChoice, MenuChoices, MenuItem, MenuLabel, MenuSeparator } from "@/components/ui/Menu";
import type { Viewer } from "@/lib/server/session";
import { signOut } from "@/lib/signOut";
import { strings } from "@/lib/strings";
import { applyTheme, asTheme, type Theme, THEMES } from "@/lib/theme";

export function AccountMenu({ viewer, isCompact = false }: { viewer: Viewer; isCompact?: boolean }) {
  const [theme, setTheme] = useState<Theme>("system");

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

  const initial = viewer.name.slice(0, 1).toUpperCase();
  return (
    <Menu
      align={isCompact ? "end" : "start"}
      trigger={
        <Button
          variant="ghost"
          size={isCompact ? "icon" : "md"}
          className={isCompact ? "" : "w-full justify-start px-2"}
          aria-label={strings.menu.accountOf(viewer.name)}
          onClick={() => setTheme(asTheme(document.documentElement.dataset.theme))}
        >
          <span
            aria-hidden
            className="bg-sun/25 text-ink grid size-8 shrink-0 place-items-center rounded-full font-serif font-semibold"
          >
            {initial}
          </span>
          {!isCompact && (
            <>
              <span className="truncate">{viewer.name}</span>
              <ChevronsUpDown aria-hidden className="ml-auto" />
            </>
          )}
        </Button>
      }
    >
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
