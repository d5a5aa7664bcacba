"use client";

import { useRouter } from "next/navigation";
import { useState } from "react";

import { Button } from "@/components/ui/Button";
import { Field, Input } from "@/components/ui/Field";
import { jobPath } from "@/lib/failed/letterPath";
import { strings } from "@/lib/strings";

const words = strings.adminJobs.jobs;
const UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;

/** From an id out of a log or a ticket straight to its event, also to one that still waits in Kafka. */
export function FindEvent() {
  const router = useRouter();
  const [typed, setTyped] = useState("");
  const [problem, setProblem] = useState<string>();
  return (
    <form
      role="search"
      aria-label={words.find}
      noValidate
      className="flex items-start gap-2 max-sm:w-full"
      onSubmit={(event) => {
        event.preventDefault();
        const id = typed.trim();
        if (UUID.test(id)) router.push(jobPath(id.toLowerCase()));
        else setProblem(words.findWrong);
      }}
    >
      <Field label={words.find} isLabelHidden error={problem} className="max-sm:flex-1">
        <Input
          value={typed}
          placeholder={words.find}
          spellCheck={false}
          autoComplete="off"
          className="h-9 text-sm sm:w-72"
          onChange={(event) => {
            setTyped(event.target.value);
            setProblem(undefined);
          }}
        />
      </Field>
      <Button type="submit" variant="outline" size="sm" className="h-9">
        {words.findGo}
      </Button>
    </form>
  );
}
