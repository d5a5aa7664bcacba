"use client";

import { SendHorizontal } from "lucide-react";
import type { KeyboardEvent } from "react";

import { Button } from "@/components/ui/Button";
import { Field, Textarea } from "@/components/ui/Field";
import { useDraft } from "@/lib/drafts";
import { strings } from "@/lib/strings/app";
import type { Character } from "@/types/api";

const words = strings.person.companion;
const MAX = 4000;

interface ComposerProps {
  character: Character;
  name: string;
  onSend: (text: string) => void;
}

/** Where the person writes. Enter sends; what is not sent stays. */
export function Composer({ character, name, onSend }: ComposerProps) {
  const [text, setText] = useDraft(`chat:${character}`);

  function send(): void {
    const message = text.trim();
    if (message === "") return;
    onSend(message);
    setText("");
  }
  function onKeyDown(event: KeyboardEvent): void {
    // Not while an input method is composing a word.
    if (event.key !== "Enter" || event.shiftKey || event.nativeEvent.isComposing) return;
    event.preventDefault();
    send();
  }

  return (
    <form
      className="bg-raised flex items-end gap-2 border-t p-3 sm:p-4"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      <Field label={words.message(name)} isLabelHidden className="flex-1">
        <Textarea
          value={text}
          rows={1}
          maxLength={MAX}
          placeholder={words.placeholder(name)}
          className="field-sizing-content max-h-40 min-h-11 resize-none"
          onChange={(event) => setText(event.target.value)}
          onKeyDown={onKeyDown}
        />
      </Field>
      <Button type="submit" size="icon" className="size-11" aria-label={words.send} title={words.hint}>
        <SendHorizontal aria-hidden />
      </Button>
    </form>
  );
}
