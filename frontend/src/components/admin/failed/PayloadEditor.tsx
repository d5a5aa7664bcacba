"use client";

import { RotateCcw } from "lucide-react";
import { useId, useRef, useState } from "react";

import { Button } from "@/components/ui/Button";
import { sentence } from "@/lib/api/errors";
import { useSavePayload } from "@/lib/failed/useSavePayload";
import { apiProblems } from "@/lib/payload/apiProblems";
import type { PayloadProblem } from "@/lib/payload/checkPayload";
import { payloadDraft } from "@/lib/payload/payloadDraft";
import { formatJson } from "@/lib/payload/startingText";
import { useEventType } from "@/lib/payload/useEventType";
import { usePayloadDraft } from "@/lib/payload/usePayloadDraft";
import { strings } from "@/lib/strings";
import type { DeadLetterDetail } from "@/types/api";

import { EventTypeField } from "./EventTypeField";
import { FieldList } from "./FieldList";
import { JsonTextarea } from "./JsonTextarea";
import { PayloadDiff } from "./PayloadDiff";

import { PayloadProblems } from "./PayloadProblems";

const words = strings.adminJobs.payload;

interface PayloadEditorProps {
  letter: DeadLetterDetail;
  onClose: () => void;
}

/** Changes what the event says: checked while it is typed, compared with what it was, then sent back to its group. */
export function PayloadEditor({ letter, onClose }: PayloadEditorProps) {
  const listId = useId();
  const area = useRef<HTMLTextAreaElement>(null);
  const { eventType, choices, choose } = useEventType(letter);
  const draft = usePayloadDraft(letter, eventType, payloadDraft(letter.id));
  // What the API refused, and of which text: another text is another question.
  const [refused, setRefused] = useState<{ text: string; problems: PayloadProblem[] } | null>(null);
  const save = useSavePayload(letter, () => {
    draft.reset();
    onClose();
  });
  const problems = [
    ...draft.problems,
    ...(refused !== null && refused.text === draft.text ? refused.problems : []),
  ];
  const isBlocked = problems.length > 0 || draft.data === null || eventType === null;

  function submit(isRetried: boolean): void {
    const { data, problems: found } = draft.checkNow();
    if (data === null || found.length > 0) return;
    const sentText = draft.text;
    save.mutate(
      // A record that says its type keeps it.
      { data, event_type: letter.event_type === null ? eventType : null, retry: isRetried },
      {
        onError: (error) => {
          const told = apiProblems(error, sentText) ?? [{ field: "", message: sentence(error), line: 1 }];
          setRefused({ text: sentText, problems: told });
        },
      },
    );
  }

  function goToLine(line: number): void {
    const box = area.current;
    if (box === null) return;
    const start = draft.text.split("\n", line - 1).join("\n").length + (line > 1 ? 1 : 0);
    const end = draft.text.indexOf("\n", start);
    box.focus();
    box.setSelectionRange(start, end === -1 ? draft.text.length : end);
  }

  return (
    <form
      noValidate
      className="grid grid-cols-1 gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        submit(true);
      }}
    >
      <p className="text-ink-soft text-sm">
        {words.editText} {eventType !== null && !draft.isSchemaMissing && words.schemaOf(eventType)}
        {draft.isSchemaMissing && words.noSchema}
      </p>
      {letter.event_type === null && <EventTypeField value={eventType} choices={choices} onValue={choose} />}
      <div className="grid grid-cols-1 gap-4 xl:grid-cols-[minmax(0,1fr)_17rem]">
        <div className="grid min-w-0 grid-cols-1 content-start gap-2">
          <JsonTextarea
            ref={area}
            label={words.field}
            value={draft.text}
            onValue={draft.setText}
            wrongLines={problems.map((it) => it.line)}
            describedBy={listId}
          />
          <PayloadProblems
            id={listId}
            problems={problems}
            isChanged={draft.isChanged}
            hasSchema={draft.schema !== null}
            onGoTo={goToLine}
          />
        </div>
        {draft.schema !== null && <FieldList schema={draft.schema} />}
      </div>
      {draft.isChanged && <PayloadDiff rows={draft.rows} />}
      <div className="flex flex-wrap items-center gap-2 border-t pt-4">
        <Button variant="ghost" size="sm" onClick={onClose}>
          {words.cancel}
        </Button>
        <Button
          variant="ghost"
          size="sm"
          disabled={draft.data === null}
          onClick={() => {
            if (draft.data !== null) draft.setText(formatJson(draft.data));
          }}
        >
          {words.format}
        </Button>
        <Button variant="ghost" size="sm" disabled={!draft.isChanged} onClick={() => draft.reset()}>
          {words.reset}
        </Button>
        <Button
          variant="outline"
          size="sm"
          className="ml-auto"
          disabled={isBlocked || !draft.isChanged || save.isPending}
          onClick={() => submit(false)}
        >
          {words.save}
        </Button>
        <Button
          type="submit"
          size="sm"
          isBusy={save.isPending}
          disabled={isBlocked || !draft.isChanged || save.isPending}
        >
          {!save.isPending && <RotateCcw aria-hidden />}
          {words.saveAndRetry}
        </Button>
      </div>
    </form>
  );
}
