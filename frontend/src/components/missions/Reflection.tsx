"use client";

import { Check } from "lucide-react";

import { Button } from "@/components/ui/Button";
import { Card } from "@/components/ui/Card";
import { Field, Textarea } from "@/components/ui/Field";
import { useDraft } from "@/lib/drafts";
import { strings } from "@/lib/strings/app";
import type { MissionRead } from "@/types/api";

const words = strings.person.mission;
const MAX = 4000;

interface ReflectionProps {
  mission: MissionRead;
  isCompleting: boolean;
  isAbandoning: boolean;
  onComplete: (reflection: string) => void;
  onAbandon: () => void;
}

/** The end of a mission: what it was like, in the person's words. The words stay until the mission is completed. */
export function Reflection({ mission, isCompleting, isAbandoning, onComplete, onAbandon }: ReflectionProps) {
  const [text, setText] = useDraft(`reflection:${mission.id}`);
  return (
    <Card>
      <form
        className="grid gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          onComplete(text.trim());
        }}
      >
        <Field
          label={<span className="font-serif text-xl font-semibold">{words.reflection}</span>}
          hint={words.reflectionHint}
        >
          <Textarea value={text} maxLength={MAX} onChange={(event) => setText(event.target.value)} />
        </Field>
        <div className="flex flex-wrap gap-2">
          <Button type="submit" size="lg" isBusy={isCompleting}>
            {!isCompleting && <Check aria-hidden />}
            {isCompleting ? words.completing : words.complete}
          </Button>
          <Button variant="ghost" size="lg" isBusy={isAbandoning} onClick={onAbandon}>
            {isAbandoning ? words.abandoning : words.abandon}
          </Button>
        </div>
      </form>
    </Card>
  );
}
