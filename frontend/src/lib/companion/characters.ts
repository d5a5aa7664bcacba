import type { Character } from "@/types/api";

export const CHARACTERS = ["eliza", "lyra", "thorne", "elara"] as const satisfies readonly Character[];
