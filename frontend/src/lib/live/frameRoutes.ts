/** Which cached answers a frame makes old. */
import type { Frame } from "@/types/frames";

const BY_PREFIX: Record<string, readonly (readonly string[])[]> = {
  quest: [["quests"], ["missions"]],
  mission: [["missions"], ["quests"]],
  progress: [["progress"], ["missions", "triad"]],
  companion: [["companion"]],
  character: [["companion"]],
  nudge: [["nudges"]],
  memory: [["memories"]],
  goal: [["goals"]],
};

/** The query keys to ask for again; null for everything. */
export function staleKeys(frame: Frame): readonly (readonly string[])[] | null {
  if (frame.type === "reset") return null;
  if (frame.type.startsWith("job.")) return "job_id" in frame ? [["jobs", frame.job_id]] : [];
  return BY_PREFIX[frame.type.split(".")[0] ?? ""] ?? [];
}
