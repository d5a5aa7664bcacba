"use client";

import { useMutation } from "@tanstack/react-query";
import { Download } from "lucide-react";
import { useState } from "react";
import { toast } from "@/lib/toast";

import { Button } from "@/components/ui/Button";
import { Card, CardTitle } from "@/components/ui/Card";
import { Dialog } from "@/components/ui/Dialog";
import { Field, Input } from "@/components/ui/Field";
import { answered, api, newIdempotencyKey } from "@/lib/api/client";
import { signOut } from "@/lib/signOut";
import { strings } from "@/lib/strings/app";

const words = strings.person.settings;
const FORM = "delete-everything";

/** The right to take everything along, and to be forgotten. */
export function DataCard() {
  const [isOpen, setIsOpen] = useState(false);
  const [typed, setTyped] = useState("");
  const [problem, setProblem] = useState<string>();
  const remove = useMutation({
    mutationFn: (key: string) =>
      answered(api.DELETE("/api/v1/me", { params: { header: { "idempotency-key": key } } })),
    onSuccess: async () => {
      toast.success(words.deleting);
      sessionStorage.clear();
      await signOut();
    },
  });

  return (
    <Card className="grid gap-5">
      <CardTitle>{words.data}</CardTitle>
      <div className="flex flex-wrap items-center justify-between gap-3">
        <p className="max-w-md">{words.exportText}</p>
        <Button asChild variant="outline">
          <a href="/api/v1/me/export" download="delight-export.json">
            <Download aria-hidden />
            {words.export}
          </a>
        </Button>
      </div>
      <div className="flex flex-wrap items-center justify-between gap-3 border-t pt-5">
        <p className="max-w-md">{words.deleteText}</p>
        <Button variant="danger" onClick={() => setIsOpen(true)}>
          {words.delete}
        </Button>
      </div>
      <Dialog
        isOpen={isOpen}
        onOpenChange={setIsOpen}
        title={words.deleteTitle}
        description={words.deleteText}
        footer={
          <>
            <Button variant="ghost" onClick={() => setIsOpen(false)}>
              {strings.actions.cancel}
            </Button>
            <Button type="submit" form={FORM} variant="danger" isBusy={remove.isPending}>
              {words.delete}
            </Button>
          </>
        }
      >
        <form
          id={FORM}
          noValidate
          onSubmit={(event) => {
            event.preventDefault();
            if (typed.trim().toLowerCase() === words.deleteWord) remove.mutate(newIdempotencyKey());
            else setProblem(words.deleteWrong(words.deleteWord));
          }}
        >
          <Field label={words.deleteConfirm(words.deleteWord)} error={problem}>
            <Input value={typed} autoComplete="off" onChange={(event) => setTyped(event.target.value)} />
          </Field>
        </form>
      </Dialog>
    </Card>
  );
}
