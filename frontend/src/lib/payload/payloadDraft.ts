/** The name under which the edited payload of a dead letter is kept. */
export function payloadDraft(letterId: string): string {
  return `payload:${letterId}`;
}
