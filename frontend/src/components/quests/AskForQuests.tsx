"use client";

import { Sparkles } from "lucide-react";
import { useState } from "react";

import { Button } from "@/components/ui/Button";
import { Field, Select } from "@/components/ui/Field";
import { strings } from "@/lib/strings/app";
import type { EnergyLevel, QuestRequestCreate } from "@/types/api";

const words = strings.person.quests;
const ENERGIES = ["low", "medium", "high"] as const satisfies readonly EnergyLevel[];
const MINUTES = [10, 15, 20, 30, 45, 60] as const;
const COUNT = 3;

interface AskForQuestsProps {
  isBusy: boolean;
  hasSome: boolean;
  onAsk: (wish: QuestRequestCreate) => void;
}

/** Asking: with how much energy and time the person has now, if they like to say. */
export function AskForQuests({ isBusy, hasSome, onAsk }: AskForQuestsProps) {
  const [energy, setEnergy] = useState("");
  const [minutes, setMinutes] = useState("");
  return (
    <form
      className="bg-sunken flex flex-wrap items-end gap-3 rounded-xl p-4"
      onSubmit={(event) => {
        event.preventDefault();
        onAsk({
          count: COUNT,
          energy_level: ENERGIES.find((level) => level === energy) ?? null,
          minutes_available: minutes === "" ? null : Number(minutes),
        });
      }}
    >
      <Field label={words.howMuchEnergy} className="min-w-36 flex-1">
        <Select value={energy} onChange={(event) => setEnergy(event.target.value)}>
          <option value="">{words.anyEnergy}</option>
          {ENERGIES.map((level) => (
            <option key={level} value={level}>
              {strings.person.energy[level]}
            </option>
          ))}
        </Select>
      </Field>
      <Field label={words.howMuchTime} className="min-w-36 flex-1">
        <Select value={minutes} onChange={(event) => setMinutes(event.target.value)}>
          <option value="">{words.anyTime}</option>
          {MINUTES.map((it) => (
            <option key={it} value={it}>
              {strings.person.minutes(it)}
            </option>
          ))}
        </Select>
      </Field>
      <Button type="submit" isBusy={isBusy} className="max-sm:w-full">
        {!isBusy && <Sparkles aria-hidden />}
        {hasSome ? words.askAgain : words.ask}
      </Button>
    </form>
  );
}
