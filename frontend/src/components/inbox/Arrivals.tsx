"use client";

import { useRouter } from "next/navigation";
import { toast } from "@/lib/toast";

import { formatEarned } from "@/lib/formatEssence";
import { useFrames } from "@/lib/live/LiveProvider";
import { strings } from "@/lib/strings/app";

const words = strings.person;
const LONG_MS = 20_000;

/** Says what happens as it happens: nudges, characters who write first, quests that arrive, essence that is earned. */
export function Arrivals() {
  const router = useRouter();
  useFrames((frame) => {
    switch (frame.type) {
      case "nudge.delivered":
        toast(frame.data.text, { id: frame.id, description: words.inbox.nudge, duration: LONG_MS });
        break;
      case "character.initiated": {
        const { character, why } = frame.data;
        toast(words.inbox.from(words.characters[character]), {
          id: frame.id,
          description: why,
          duration: LONG_MS,
          action: { label: words.inbox.answer, onClick: () => router.push(`/companion/${character}`) },
        });
        break;
      }
      case "quest.generated":
        toast.success(words.quests.arrived(frame.data.quest_ids.length), { id: frame.id });
        break;
      case "quest.unlocked":
        toast(words.inbox.unlocked, {
          id: frame.id,
          action: { label: words.inbox.look, onClick: () => router.push("/quests") },
        });
        break;
      case "mission.overdue": {
        const { mission_id, title } = frame.data;
        toast(words.mission.overdue(title), {
          id: frame.id,
          duration: LONG_MS,
          action: { label: words.inbox.look, onClick: () => router.push(`/missions/${mission_id}`) },
        });
        break;
      }
      case "progress.updated":
        toast.success(words.mission.earned(formatEarned(frame.data.essence_earned), frame.data.streak_days), {
          id: frame.id,
        });
        if (frame.data.milestone != null) {
          toast.success(words.mission.milestone(frame.data.milestone), { duration: LONG_MS });
        }
        break;
      case "memory.consolidated":
        break;
      default:
    }
  });
  return null;
}
