/** Words of the console's pages about dead letters. */
import type { RunState } from "@/types/api";

export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString("en")} ${count === 1 ? one : many}`;
}

export const letters = (count: number) => counted(count, "dead letter");
export const people = (count: number) => counted(count, "person", "people");

export const failed = {
  title: "Failed jobs",
  lead: (total: number, kinds: number, affected: number, isFiltered: boolean) =>
    total === 0
      ? isFiltered
        ? "No dead letter matches these filters."
        : "No job is dead."
      : `${letters(total)}${isFiltered ? " match" + (total === 1 ? "es" : "") : ""}, ${counted(kinds, "kind")} of failure, up to ${people(affected)}.`,
  tabs: {
    label: "Views of failed jobs",
    letters: "Dead letters",
    groups: "Kinds of failure",
    runs: "Retries",
  },
  retryAll: "Retry all…",
  retryMatching: "Retry all that match…",
  table: {
    caption: "Dead letters",
    select: "Selected",
    selectAll: "Select every dead letter of this page",
    selectOne: (id: string) => `Select dead letter ${id}`,
    job: "Job",
    error: "Error",
    person: "Person",
    died: "Died",
    attempts: "Attempts",
    tokens: "Tokens",
    actions: "Actions",
    unreadable: "Unreadable event",
    life: (life: number) => `life ${life}`,
    lifeHint: "1, and one more for each retry by an operator.",
    emptyTitle: "Nothing has failed for good.",
    emptyText: "A job comes here when its retries are used up, or when nobody can read its event.",
    noneTitle: "No dead letter matches these filters.",
  },
  reason: {
    exhausted: "Retries used up",
    invalid: "Can never succeed",
    undecodable: "Unreadable record",
    too_old: "Too old",
  } as Record<string, string>,
  retry: "Retry",
  retryOf: (job: string, person: string) => `Retry ${job} of ${person}`,
  more: (job: string, person: string) => `More for ${job} of ${person}`,
  open: "Open",
  edit: "Edit payload",
  discard: "Discard…",
  selection: {
    label: "Selected dead letters",
    count: (count: number, elsewhere: number) =>
      elsewhere === 0 ? `${count} selected` : `${count} selected, ${elsewhere} of them not on this page`,
    retry: "Retry selected…",
    clear: "Clear",
    most: (most: number) => `At most ${most} can be selected.`,
  },
  groups: {
    caption: "Kinds of failure",
    failure: "Failure",
    count: "Letters",
    people: "People",
    first: "First",
    last: "Newest",
    show: (count: number) => `Show ${letters(count)}`,
    retry: "Retry this group…",
    retryOf: (error: string, job: string) => `Retry the group ${error} of ${job}`,
    sample: "Newest letter",
  },
  toast: {
    retrying: (job: string, person: string) => `${job} of ${person} is on its way again.`,
    succeeded: (job: string, person: string) => `${job} of ${person} succeeded.`,
    died: (job: string, person: string) => `${job} of ${person} died again.`,
    ended: (job: string, person: string, status: string) => `${job} of ${person} is ${status.toLowerCase()}.`,
    slow: (job: string, person: string) => `${job} of ${person} is still being tried.`,
    look: "Look",
    discarded: (job: string, person: string) => `${job} of ${person} was given up.`,
    saved: "The payload is saved. The letter stays dead until somebody retries it.",
    stopped: "The run is stopped. What was sent back already goes on.",
    resumed: "The run goes on.",
  },
} as const;

export const plan = {
  titleAll: "Retry all dead letters",
  titleMatching: "Retry all that match",
  titleSelected: "Retry the selected dead letters",
  titleGroup: "Retry this kind of failure",
  text: "Nothing is sent before you say so. Mend the cause first: a retry costs tokens and may die again.",
  loading: "Counting…",
  nothing: "No dead letter matches any more: somebody else may have dealt with them.",
  letters: "Dead letters",
  people: "People",
  oldest: "Oldest died",
  newest: "newest",
  tokens: "Tokens",
  cost: "Cost",
  about: (text: string) => `≈ ${text}`,
  byType: {
    caption: "The plan by job type",
    type: "Job type",
    letters: "Letters",
    skipped: "Left out",
    each: "Tokens each",
    tokens: "Tokens",
    cost: "Cost",
  },
  hopeless: (count: number) =>
    `${letters(count)} died at once, as unreadable or invalid. Unless the cause is mended, ${count === 1 ? "it dies" : "they die"} again.`,
  skipped: (count: number) =>
    `${letters(count)} cannot be sent as ${count === 1 ? "it is, and is" : "they are, and are"} left out: edit ${count === 1 ? "it" : "them"} first.`,
  canary: "Try a few first",
  canaryHint: "The others follow when all of these are through. If one dies again, the run halts.",
  canaryCount: "How many first",
  rate: "Letters per second",
  rateHint: (duration: string) => `At this rate it takes about ${duration}.`,
  between: (least: number, most: number) => `A number from ${least} to ${most}.`,
  go: (count: number) => `Retry ${letters(count)}`,
  goCanary: (first: number, rest: number) =>
    rest <= 0 ? `Retry ${letters(first)}` : `Retry ${first} first, then ${rest.toLocaleString("en")}`,
  ordered: (count: number) => `The retry of ${letters(count)} has begun.`,
  background: "Go on in the background",
  done: "Done",
  again: "Plan again",
} as const;

export const run = {
  caption: "Retries of many",
  label: (when: string) => `Retry of many, ordered ${when}`,
  progress: "Sent back",
  of: (done: number, planned: number) => `${done.toLocaleString("en")} of ${planned.toLocaleString("en")}`,
  by: (operator: string) => `by ${operator}`,
  skipped: (count: number) => `${count.toLocaleString("en")} left out`,
  rate: (rate: string) => `${rate} a second`,
  asked: (rate: string) => `asked for ${rate}`,
  left: (duration: string) => `about ${duration} left`,
  state: {
    canary: "Trying the first",
    running: "Running",
    halted: "Halted",
    stopped: "Stopped",
    done: "All sent",
  } satisfies Record<RunState, string>,
  explain: {
    canary: (count: number) =>
      `${count === 1 ? "The first is" : `The first ${count} are`} on the way; the others wait for what becomes of ${count === 1 ? "it" : "them"}.`,
    halted:
      "One of the first died again, so the others were not sent. Look at what went wrong, mend it, and resume.",
    stopped: "An operator stopped it. What was not sent yet stays dead.",
  },
  succeeded: "succeeded",
  pending: "still being tried",
  diedAgain: "died again",
  otherwise: "ended otherwise",
  leftOut: "left out",
  notSent: "not sent yet",
  stop: "Stop",
  resume: "Resume",
  resumeAll: "Send the others all the same",
  empty: "Nobody has retried many at once yet.",
  outcome: "What became of them",
  show: "Show",
  showAlike: "Show the dead letters that it is about",
  everything: "every dead letter",
  chosen: (count: number) => `${letters(count)} chosen by hand`,
  anyRunning: (count: number) =>
    count === 1 ? "A retry of many is under way" : `${count} retries of many are under way`,
} as const;

export const discard = {
  title: "Give this job up?",
  text: "The job counts as cancelled and its event is deleted: nobody can retry it afterwards. Who did it, and why, stays on record.",
  reason: "Why",
  reasonPlaceholder: "The person deleted the goal themselves.",
  reasonMissing: "Say why, for whoever asks later.",
  confirm: "Discard",
  keep: "Keep it",
} as const;

export const letter = {
  title: "Failed job",
  back: "Failed jobs",
  retriedAlready: (status: string) => `This job is not dead any more: it is ${status.toLowerCase()}.`,
  seeJob: "See the job",
  obstacle: "It cannot be retried as it is.",
  facts: "Facts",
  fact: {
    event: "Event",
    type: "Event type",
    person: "Person",
    reason: "Reason",
    attempts: "Attempts",
    life: "Life",
    accepted: "Accepted",
    died: "Died",
    place: "Place in Kafka",
    key: "Key",
    request: "Request",
    failure: "Failure",
    tokens: "Tokens so far",
  },
  alike: "Show letters that failed alike",
  error: "What went wrong",
  trace: "Stack trace",
  noTrace: "No stack trace was kept.",
  attempts: "Attempts",
  history: "What operators did",
  noHistory: "Nobody has acted on it by itself.",
  headers: "Headers",
  headerNoText: "not text",
  copy: (what: string) => `Copy ${what}`,
  copied: "Copied.",
  copyFailed: "The browser did not let us copy.",
} as const;
