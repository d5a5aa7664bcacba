/** Words of the editor of an event's payload, and of what is wrong with it. */

const TYPES: Record<string, string> = {
  integer: "a whole number",
  number: "a number",
  string: "text in quotes",
  boolean: "true or false",
  object: "an object",
  array: "a list",
  null: "null",
};

const FORMATS: Record<string, string> = {
  uuid: "a UUID",
  "date-time": "a time such as 2026-01-31T12:00:00Z",
  date: "a date such as 2026-01-31",
  time: "a time of day such as 12:00:00",
  email: "an e-mail address",
  uri: "a web address",
};

const chars = (count: number) => `${count} character${count === 1 ? "" : "s"}`;
const items = (count: number) => `${count} item${count === 1 ? "" : "s"}`;

export const payload = {
  title: "Payload",
  text: "The event's data",
  raw: "The record's value is no JSON object. This is what arrived:",
  gone: "The record is not kept any more, since the job has ended.",
  edit: "Edit payload",
  editing: "Edit the payload",
  editText: "The event keeps its id and its person. What you type is kept in this tab until it is saved.",
  schemaOf: (type: string) => `Checked against the schema of ${type}.`,
  noSchema: "The schema could not be loaded; the API checks the payload when it is saved.",
  eventType: "Event type",
  eventTypeHint: "It could not be read, so you say what it is.",
  field: "Event data as JSON",
  problems: (count: number) => (count === 1 ? "1 problem" : `${count} problems`),
  fits: "Fits the schema.",
  unchanged: "Nothing is changed yet.",
  goTo: (line: number) => `Line ${line}`,
  diff: "What changes",
  diffCaption: "Lines before and after the edit",
  diffRemoved: "Removed",
  diffAdded: "Added",
  diffSame: (count: number) => `${count} unchanged line${count === 1 ? "" : "s"}`,
  format: "Format",
  reset: "Undo all changes",
  cancel: "Close the editor",
  save: "Save only",
  saveAndRetry: "Save and retry",
  draftKept: "You have unsaved changes to this payload.",
  resume: "Go on editing",
  fields: "Fields of this event",
  fieldRequired: "required",
  whole: "The payload",
  said: {
    missing: "is missing",
    unknown: "is not a field of this event",
    noObject: "must be a JSON object, in braces",
    empty: "must not be empty",
    type: (kinds: readonly string[]) => `must be ${listed(kinds.map((kind) => TYPES[kind] ?? kind))}`,
    oneOf: (values: readonly unknown[]) => `must be ${listed(values.map((it) => JSON.stringify(it)))}`,
    least: (bound: number) => `must be at least ${bound}`,
    most: (bound: number) => `must be at most ${bound}`,
    over: (bound: number) => `must be more than ${bound}`,
    under: (bound: number) => `must be less than ${bound}`,
    multiple: (of: number) => `must be a multiple of ${of}`,
    longer: (length: number) => `must have at least ${chars(length)}`,
    shorter: (length: number) => `must have at most ${chars(length)}`,
    moreItems: (count: number) => `must have at least ${items(count)}`,
    fewerItems: (count: number) => `must have at most ${items(count)}`,
    pattern: "has characters that are not allowed here",
    format: (name: string) => `must be ${FORMATS[name] ?? `a valid ${name}`}`,
  },
  syntax: {
    InvalidSymbol: "is no JSON here; text needs quotes",
    InvalidNumberFormat: "is no number",
    PropertyNameExpected: "needs a name in quotes here",
    ValueExpected: "needs a value here",
    ColonExpected: "needs a colon here",
    CommaExpected: "needs a comma before this",
    CloseBraceExpected: "needs a closing brace",
    CloseBracketExpected: "needs a closing bracket",
    EndOfFileExpected: "should end here",
    InvalidCommentToken: "has a comment, which JSON does not know",
    UnexpectedEndOfString: "needs a closing quote",
  } as Record<string, string>,
  syntaxOther: "is no JSON here",
} as const;

function listed(words: readonly string[]): string {
  if (words.length < 2) return words.join("");
  return `${words.slice(0, -1).join(", ")} or ${words.at(-1) ?? ""}`;
}
