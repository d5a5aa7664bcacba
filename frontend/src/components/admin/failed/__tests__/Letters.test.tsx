import { screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { toast } from "@/lib/toast";
import { expect, test, vi } from "vitest";

import { Letters } from "@/components/admin/failed/Letters";
import { aLetter, aLetterInFull } from "@/lib/testing/consoleData";
import { answerWith, refusal, renderConsole } from "@/lib/testing/renderConsole";

vi.mock("next/navigation", () => ({ useRouter: () => ({ push: vi.fn() }) }));

const LIST = "GET /api/v1/admin/dead-letters";
const ada = aLetter();
const bob = aLetter({ job_type: "nudge-delivery", user_id: "bob" });
const cleo = aLetter({ job_type: "companion-reply", user_id: "cleo" });

const page = () => ({ items: [ada, bob, cleo], next_cursor: null });

async function show(onProblem?: (message: string) => void) {
  const onRetryMany = vi.fn();
  renderConsole(
    <Letters
      filters={{ error: "No answer" }}
      isFiltered
      cursor={null}
      onCursor={vi.fn()}
      onRetryMany={onRetryMany}
    />,
    onProblem,
  );
  await screen.findByRole("rowheader", { name: /nudge-delivery/ });
  return { onRetryMany, user: userEvent.setup() };
}

test("rows are chosen with the keyboard, and retried together", async () => {
  const calls = answerWith({ [LIST]: page });
  const { user, onRetryMany } = await show();
  expect(calls[0]?.query.get("error")).toBe("No answer");
  screen.getByRole("checkbox", { name: `Select dead letter ${ada.id}` }).focus();
  await user.keyboard(" {ArrowDown} ");
  const bar = screen.getByRole("region", { name: "Selected dead letters" });
  expect(within(bar).getByRole("status")).toHaveTextContent("2 selected");
  await user.click(within(bar).getByRole("button", { name: "Retry selected…" }));
  expect(onRetryMany).toHaveBeenCalledWith([ada.id, bob.id]);
  await user.click(within(bar).getByRole("button", { name: "Clear" }));
  expect(screen.queryByRole("region", { name: "Selected dead letters" })).not.toBeInTheDocument();
});

test("one press chooses the whole page", async () => {
  answerWith({ [LIST]: page });
  const { user } = await show();
  await user.click(screen.getByRole("checkbox", { name: /Select every dead letter/ }));
  expect(screen.getByText("3 selected")).toBeInTheDocument();
});

test("a retried job is followed until it has succeeded", async () => {
  const succeeded = vi.spyOn(toast, "success");
  answerWith({
    [LIST]: page,
    [`POST /api/v1/admin/dead-letters/${bob.id}/retry`]: () => ({ id: bob.id, life: 2, delivery: 2 }),
    [`GET /api/v1/admin/dead-letters/${bob.id}`]: () => aLetterInFull({ ...bob, status: "succeeded" }),
  });
  const { user } = await show();
  await user.click(screen.getByRole("button", { name: "Retry nudge-delivery of bob" }));
  await vi.waitFor(
    () => expect(succeeded).toHaveBeenCalledWith("nudge-delivery of bob succeeded.", expect.anything()),
    { timeout: 5_000 },
  );
});

test("the keyboard goes on with the next row when a retried one leaves the list", async () => {
  let isRetried = false;
  answerWith({
    [LIST]: () => ({ items: isRetried ? [ada, cleo] : [ada, bob, cleo], next_cursor: null }),
    [`POST /api/v1/admin/dead-letters/${bob.id}/retry`]: () => {
      isRetried = true;
      return { id: bob.id, life: 2, delivery: 2 };
    },
    [`GET /api/v1/admin/dead-letters/${bob.id}`]: () => aLetterInFull({ ...bob, status: "retrying" }),
  });
  const { user } = await show();
  screen.getByRole("button", { name: "Retry nudge-delivery of bob" }).focus();
  await user.keyboard("{Enter}");
  await vi.waitFor(() =>
    expect(screen.queryByRole("rowheader", { name: /nudge-delivery/ })).not.toBeInTheDocument(),
  );
  expect(screen.getByRole("button", { name: "Retry companion-reply of cleo" })).toHaveFocus();
});

test("a job that dies again says what went wrong", async () => {
  const died = vi.spyOn(toast, "error");
  answerWith({
    [LIST]: page,
    [`POST /api/v1/admin/dead-letters/${bob.id}/retry`]: () => ({ id: bob.id, life: 2, delivery: 2 }),
    [`GET /api/v1/admin/dead-letters/${bob.id}`]: () => aLetterInFull(bob),
  });
  const { user } = await show();
  await user.click(screen.getByRole("button", { name: "Retry nudge-delivery of bob" }));
  await vi.waitFor(
    () =>
      expect(died).toHaveBeenCalledWith(
        "nudge-delivery of bob died again.",
        expect.objectContaining({ description: "No answer in 30 s" }),
      ),
    { timeout: 5_000 },
  );
});

test("a retry that is refused says why", async () => {
  const onProblem = vi.fn();
  answerWith({
    [LIST]: page,
    [`POST /api/v1/admin/dead-letters/${bob.id}/retry`]: () =>
      refusal(409, "conflict", "Its record has no value. Edit it first."),
  });
  const { user } = await show(onProblem);
  await user.click(screen.getByRole("button", { name: "Retry nudge-delivery of bob" }));
  await vi.waitFor(() => expect(onProblem).toHaveBeenCalledWith("Its record has no value. Edit it first."));
});

test("giving up asks for a reason", async () => {
  const calls = answerWith({
    [LIST]: page,
    [`POST /api/v1/admin/dead-letters/${bob.id}/discard`]: () => new Response(null, { status: 204 }),
  });
  const { user } = await show();
  await user.click(screen.getByRole("button", { name: "More for nudge-delivery of bob" }));
  await user.click(await screen.findByRole("menuitem", { name: "Discard…" }));
  const reason = await screen.findByRole("textbox", { name: "Why" });
  await user.click(screen.getByRole("button", { name: "Discard" }));
  expect(reason).toHaveAccessibleDescription("Say why, for whoever asks later.");
  await user.type(reason, "The person asked for it.");
  await user.click(screen.getByRole("button", { name: "Discard" }));
  await vi.waitFor(() => expect(screen.queryByRole("dialog")).not.toBeInTheDocument());
  expect(calls.find((it) => it.path.endsWith("/discard"))?.body).toEqual({
    reason: "The person asked for it.",
  });
});
