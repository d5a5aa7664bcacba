"use client";

import { Pencil } from "lucide-react";
import { useSearchParams } from "next/navigation";
import { useRef, useState } from "react";

import { CopyButton } from "@/components/admin/CopyButton";
import { Panel } from "@/components/admin/Panel";
import { Button } from "@/components/ui/Button";
import { useDraft } from "@/lib/drafts";
import { payloadDraft } from "@/lib/payload/payloadDraft";
import { formatJson } from "@/lib/payload/startingText";
import { strings } from "@/lib/strings";
import type { DeadLetterDetail } from "@/types/api";

import { PayloadEditor } from "./PayloadEditor";

const words = strings.adminJobs.payload;

/** What the event says; in the editor while somebody changes it. */
export function PayloadPanel({ letter }: { letter: DeadLetterDetail }) {
  const [draft] = useDraft(payloadDraft(letter.id));
  const isAskedFor = useSearchParams().has("edit");
  const [isOpened, setIsOpened] = useState<boolean | null>(null);
  const isDead = letter.status === "dead";
  const isEditing = isDead && (isOpened ?? isAskedFor);
  const shown = letter.data === null ? letter.value : formatJson(letter.data);
  const panel = useRef<HTMLDivElement>(null);
  return (
    <div ref={panel} tabIndex={-1} className="min-w-0 scroll-mt-4 outline-none">
      <Panel
        title={isEditing ? words.editing : words.title}
        actions={
          isDead &&
          !isEditing && (
            <Button variant="soft" size="sm" onClick={() => setIsOpened(true)}>
              <Pencil aria-hidden />
              {draft === "" ? words.edit : words.resume}
            </Button>
          )
        }
      >
        {isEditing ? (
          <PayloadEditor
            letter={letter}
            onClose={() => {
              setIsOpened(false);
              // The editor is gone, and the focus would be with it.
              panel.current?.focus();
            }}
          />
        ) : (
          <div className="grid grid-cols-1 gap-3">
            {isDead && draft !== "" && <p className="text-yellow text-sm">{words.draftKept}</p>}
            {letter.data === null && (
              <p className="text-ink-soft text-sm">{letter.value === null ? words.gone : words.raw}</p>
            )}
            {shown !== null && <PayloadText text={shown} />}
          </div>
        )}
      </Panel>
    </div>
  );
}

function PayloadText({ text }: { text: string }) {
  return (
    <div className="relative">
      <pre
        role="region"
        aria-label={words.text}
        tabIndex={0}
        className="bg-sunken max-h-96 overflow-auto rounded-lg p-3 pr-10 font-mono text-[0.8rem] leading-relaxed"
      >
        {text}
      </pre>
      <span className="absolute top-2 right-2">
        <CopyButton text={text} what={words.title} />
      </span>
    </div>
  );
}
