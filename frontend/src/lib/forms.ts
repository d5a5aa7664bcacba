import type { FieldPath, FieldValues, UseFormSetError } from "react-hook-form";

import { fieldProblems } from "./api/errors";

/** Shows what the API found wrong at the fields of a form. False when it names none of them. */
export function showFieldProblems<Values extends FieldValues>(
  error: unknown,
  setError: UseFormSetError<Values>,
  fields: readonly FieldPath<Values>[],
): boolean {
  let isShown = false;
  for (const [field, message] of Object.entries(fieldProblems(error))) {
    const known = fields.find((it) => it === field);
    if (known === undefined) continue;
    setError(known, { type: "server", message }, { shouldFocus: !isShown });
    isShown = true;
  }
  return isShown;
}
