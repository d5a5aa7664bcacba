"use client";

import { ChevronsUpDown } from "lucide-react";
import { type ComponentProps, lazy, Suspense, useState } from "react";

import { Button } from "@/components/ui/Button";
import type { Viewer } from "@/lib/server/session";
import { strings } from "@/lib/strings/app";

interface AccountMenuProps {
  viewer: Viewer;
  isCompact?: boolean;
}

const load = () => import("./AccountMenuPanel");
const AccountMenuPanel = lazy(load);

/** The person's menu. Its code comes when somebody is about to open it. */
export function AccountMenu({ viewer, isCompact = false }: AccountMenuProps) {
  const [isWanted, setIsWanted] = useState(false);
  const closed = (
    <AccountButton
      viewer={viewer}
      isCompact={isCompact}
      aria-haspopup="menu"
      aria-expanded={isWanted}
      onPointerEnter={() => void load()}
      onFocus={() => void load()}
      onClick={() => setIsWanted(true)}
    />
  );
  if (!isWanted) return closed;
  return (
    <Suspense fallback={closed}>
      <AccountMenuPanel
        viewer={viewer}
        align={isCompact ? "end" : "start"}
        trigger={<AccountButton viewer={viewer} isCompact={isCompact} />}
      />
    </Suspense>
  );
}

function AccountButton({ viewer, isCompact = false, ...rest }: AccountMenuProps & ComponentProps<"button">) {
  return (
    <Button
      variant="ghost"
      size={isCompact ? "icon" : "md"}
      className={isCompact ? "" : "w-full justify-start px-2"}
      aria-label={strings.menu.accountOf(viewer.name)}
      {...rest}
    >
      <span
        aria-hidden
        className="bg-sun/25 text-ink grid size-8 shrink-0 place-items-center rounded-full font-serif font-semibold"
      >
        {viewer.name.slice(0, 1).toUpperCase()}
      </span>
      {!isCompact && (
        <>
          <span className="truncate">{viewer.name}</span>
          <ChevronsUpDown aria-hidden className="ml-auto" />
        </>
      )}
    </Button>
  );
}
