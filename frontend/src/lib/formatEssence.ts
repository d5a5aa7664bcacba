import { strings } from "@/lib/strings/app";

const exact = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const short = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });

/** Essence as people read it: exact while that is short. */
export function formatEssence(amount: number): string {
  return Math.abs(amount) < 100_000 ? exact.format(amount) : short.format(amount);
}

/** With its sign and its unit, for what was earned. */
export function formatEarned(amount: number): string {
  return strings.person.essence(`${amount >= 0 ? "+" : ""}${formatEssence(amount)}`);
}
