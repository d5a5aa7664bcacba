import { fireEvent, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, expect, test, vi } from "vitest";

import { PayloadEditor } from "@/components/admin/failed/PayloadEditor";
import { readDraft, writeDraft } from "@/lib/drafts";
import { payloadDraft } from "@/lib/payload/payloadDraft";
import { aLetterInFull, QUEST_SCHEMA } from "@/lib/testing/consoleData";
import { answerWith, refusal, renderConsole } from "@/lib/testing/renderConsole";
import type { DeadLetterDetail } from "@/types/api";

vi.mock("next/navigation", () => ({ useRouter: () => ({ push: vi.fn() }) }));

const TYPE = "GET /api/v1/admin/event-types/quest.requested";
const TYPES = "GET /api/v1/admin/event-types";
const LETTER = aLetterInFull();
const EDIT = `PUT /api/v1/admin/dead-letters/${LETTER.id}/edit`;
const quest = { type: "quest.requested", description: "", groups: ["quest-generation"] };

// Drafts outlive a test by design.
beforeEach(() => writeDraft(payloadDraft(LETTER.id), ""));

async function show(letter: DeadLetterDetail = LETTER) {
  const onClose = vi.fn();
  renderConsole(<PayloadEditor letter={letter} onClose={onClose} />);
  await screen.findByRole("heading", { name: "Fields of this event" });
  return { onClose, user: userEvent.setup(), area: screen.getByRole("textbox") };
}

function type(area: HTMLElement, data: unknown) {
  fireEvent.change(area, {
    target: { value: typeof data === "string" ? data : JSON.stringify(data, null, 2) },
  });
}

test("says at the line what does not fit the schema, and does not send it", async () => {
  const calls = answerWith({ [TYPE]: () => ({ ...quest, data_schema: QUEST_SCHEMA }) });
  const { area, user } = await show();
  expect(await screen.findByText(/must be at most 5/)).toBeInTheDocument();
  type(area, { user_id: "", count: 4, cuont: 1 });
  expect(await screen.findByText("2 problems")).toBeInTheDocument();
  expect(area).toBeInvalid();
  expect(screen.getByRole("button", { name: "Save and retry" })).toBeDisabled();
  await user.click(screen.getByRole("button", { name: "Line 4" }));
  expect(area).toHaveFocus();
  expect(calls.every((it) => it.method === "GET")).toBe(true);
});

test("shows what changes, and sends the new data with the retry", async () => {
  const calls = answerWith({
    [TYPE]: () => ({ ...quest, data_schema: QUEST_SCHEMA }),
    [EDIT]: () => aLetterInFull({ status: "retrying" }),
  });
  const { area, user, onClose } = await show();
  type(area, { user_id: "ada", count: 4 });
  const diff = await screen.findByRole("region", { name: "Lines before and after the edit" });
  expect(within(diff).getByText(/"count": 9/)).toHaveTextContent("Removed");
  expect(within(diff).getByText(/"count": 4/)).toHaveTextContent("Added");
  await user.click(screen.getByRole("button", { name: "Save and retry" }));
  await vi.waitFor(() => expect(onClose).toHaveBeenCalled());
  expect(calls.find((it) => it.method === "PUT")?.body).toEqual({
    data: { user_id: "ada", count: 4 },
    event_type: null,
    retry: true,
  });
  expect(readDraft(payloadDraft(LETTER.id))).toBe("");
});

test("what the API refuses stands at its field, and nothing that was typed is lost", async () => {
  answerWith({
    [TYPE]: () => ({ ...quest, data_schema: QUEST_SCHEMA }),
    [EDIT]: () => refusal(422, "invalid_request", "The data do not fit quest.requested. count: Too odd."),
  });
  const { area, user } = await show();
  type(area, { user_id: "ada", count: 5 });
  await user.click(await screen.findByRole("button", { name: "Save and retry" }));
  expect(await screen.findByText(/Too odd/)).toBeInTheDocument();
  expect(screen.getByRole("button", { name: "Line 3" })).toBeInTheDocument();
  expect(readDraft(payloadDraft(LETTER.id))).toContain('"count": 5');
});

test("an event that could not be read is given a type, and begins with what arrived", async () => {
  const letter = aLetterInFull({ event_type: null, data: null, value: '{"user_id": "ada", ' });
  const calls = answerWith({
    [TYPES]: () => [{ ...quest, groups: ["other"], type: "other.happened" }, quest],
    [TYPE]: () => ({ ...quest, data_schema: QUEST_SCHEMA }),
    [EDIT]: () => aLetterInFull({ status: "retrying" }),
  });
  const { area, user } = await show(letter);
  expect(area).toHaveValue('{"user_id": "ada", ');
  expect(screen.getByRole("combobox", { name: "Event type" })).toHaveValue("quest.requested");
  type(area, { user_id: "ada" });
  await user.click(await screen.findByRole("button", { name: "Save only" }));
  await vi.waitFor(() => expect(calls.some((it) => it.method === "PUT")).toBe(true));
  expect(calls.find((it) => it.method === "PUT")?.body).toEqual({
    data: { user_id: "ada" },
    event_type: "quest.requested",
    retry: false,
  });
});

test("the tab key leaves the field", async () => {
  answerWith({ [TYPE]: () => ({ ...quest, data_schema: QUEST_SCHEMA }) });
  const { area, user } = await show();
  area.focus();
  await user.tab();
  expect(area).not.toHaveFocus();
});
