import { useQuery } from "@tanstack/react-query";
import { useDeferredValue, useMemo } from "react";

import { adminQueries } from "@/lib/adminQueries";
import { useDraft } from "@/lib/drafts";
import type { DeadLetterDetail } from "@/types/api";

import { checkPayload, makeSchemaCheck } from "./checkPayload";
import { compareLines, isChanged } from "./compareLines";
import { startingText } from "./startingText";

/** The text in the editor, what is wrong with it, and how it differs from the event's data. */
export function usePayloadDraft(letter: DeadLetterDetail, eventType: string | null, draftName: string) {
  const [draft, setDraft] = useDraft(draftName);
  const type = useQuery({ ...adminQueries.eventType(eventType ?? ""), enabled: eventType !== null });
  const schema = type.data?.data_schema ?? null;
  const check = useMemo(() => (schema === null ? null : makeSchemaCheck(schema)), [schema]);
  const original = useMemo(
    () => startingText(letter.data, letter.value, schema, letter.user_id),
    [letter.data, letter.value, letter.user_id, schema],
  );
  const text = draft === "" ? original : draft;
  // Typing comes first: what is below the text may follow a moment later.
  const checkedText = useDeferredValue(text);
  const checked = useMemo(() => checkPayload(checkedText, check), [checkedText, check]);
  const rows = useMemo(() => compareLines(original, checkedText), [original, checkedText]);
  return {
    text,
    /** An emptied editor is a draft too: the space keeps it from being the original again. */
    setText: (next: string) => setDraft(next === original ? "" : next === "" ? " " : next),
    reset: () => setDraft(""),
    ...checked,
    rows,
    isChanged: draft !== "" && isChanged(rows),
    schema,
    isSchemaMissing: eventType !== null && type.isError,
    /** For the moment of saving, when the deferred check may still be behind. */
    checkNow: () => checkPayload(text, check),
  };
}
