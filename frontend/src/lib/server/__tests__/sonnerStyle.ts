import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";

/** The hash of the style sheet that the installed Sonner writes into the page. */
export function installedStyleHash(): string {
  const source = readFileSync(
    new URL("../../../../node_modules/sonner/dist/index.mjs", import.meta.url),
    "utf8",
  );
  const literal = /__insertCSS\(("(?:[^"\\]|\\.)*")\)/.exec(source)?.[1];
  if (literal === undefined) throw new Error("Sonner no longer writes a style sheet");
  return `sha256-${createHash("sha256")
    .update(JSON.parse(literal) as string)
    .digest("base64")}`;
}
