/** Moments of the address (UTC, ISO) as a `datetime-local` field shows them: on the clock of the device. */

/** "" for what is no moment. */
export function toLocalField(moment: string | undefined): string {
  const at = moment === undefined ? Number.NaN : Date.parse(moment);
  if (Number.isNaN(at)) return "";
  const local = new Date(at - new Date(at).getTimezoneOffset() * 60_000);
  return local.toISOString().slice(0, 16);
}

/** "" when the field is empty or half filled. */
export function fromLocalField(typed: string): string {
  const at = typed === "" ? Number.NaN : new Date(typed).getTime();
  return Number.isNaN(at) ? "" : new Date(at).toISOString();
}
