import { cn } from "@/lib/cn";
import type { Character } from "@/types/api";

const COLOURS: Record<Character, string> = {
  eliza: "var(--accent)",
  lyra: "var(--craft)",
  thorne: "var(--health)",
  elara: "var(--growth)",
};

/** A sign for each character, of the place where they are found: observatory, workshop, arena, garden. */
export function Portrait({ character, className }: { character: Character; className?: string }) {
  return (
    <svg
      viewBox="0 0 48 48"
      aria-hidden
      className={cn("size-11 shrink-0", className)}
      fill="none"
      stroke={COLOURS[character]}
      strokeWidth="2"
      strokeLinecap="round"
      strokeLinejoin="round"
    >
      <circle cx="24" cy="24" r="23" fill={COLOURS[character]} fillOpacity="0.12" stroke="none" />
      {character === "eliza" && (
        <>
          <path d="M12 34a12 12 0 0 1 24 0Z" />
          <path d="M24 22l7-9" strokeWidth="3" />
          <path d="M9 34h30" />
          <circle cx="14" cy="14" r="1" fill="currentColor" />
          <path d="M37 20v3M35.5 21.5h3" />
        </>
      )}
      {character === "lyra" && (
        <>
          <path d="M15 35V15l18-3v20" />
          <path d="M15 22l18-3M21 14v14M27 13v14" />
          <circle cx="12.5" cy="35" r="2.5" />
          <circle cx="30.5" cy="32" r="2.5" />
        </>
      )}
      {character === "thorne" && (
        <>
          <path d="M10 36h28M13 36V24M35 36V24" />
          <path d="M11 24c3-9 23-9 26 0Z" />
          <path d="M20 36v-6a4 4 0 0 1 8 0v6" />
        </>
      )}
      {character === "elara" && (
        <>
          <path d="M24 38V20" />
          <path d="M24 24c-8 0-10-5-10-10 7 0 10 4 10 10Z" />
          <path d="M24 29c7 0 9-4 9-9-6 0-9 3-9 9Z" />
          <path d="M14 38h20" />
        </>
      )}
    </svg>
  );
}
