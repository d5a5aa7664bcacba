import { screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { describe, expect, test, vi } from "vitest";

import { RetryDialog } from "@/components/admin/failed/RetryDialog";
import { aPlan, aRun } from "@/lib/testing/consoleData";
import { answerWith, refusal, renderConsole } from "@/lib/testing/renderConsole";

const PLAN = "POST /api/v1/admin/dead-letters/plan";
const ORDER = "POST /api/v1/admin/dead-letters/retry-all";
const RUN = `GET /api/v1/admin/dead-letters/runs/${aRun().id}`;
const STOP = `POST /api/v1/admin/dead-letters/runs/${aRun().id}/stop`;
const FILTER = { job_type: "quest-generation" };

function show() {
  const onClose = vi.fn();
  renderConsole(<RetryDialog target={{ title: "Retry all", filter: FILTER }} onClose={onClose} />);
  return { onClose, user: userEvent.setup() };
}

describe("the plan", () => {
  test("says how many, whose, how old and what it costs, and sends nothing yet", async () => {
    const calls = answerWith({ [PLAN]: () => aPlan({ filter: FILTER }) });
    show();
    expect(await screen.findByText("500")).toBeInTheDocument();
    expect(screen.getByText("120")).toBeInTheDocument();
    expect(screen.getByText("2 h ago")).toBeInTheDocument();
    expect(screen.getByText("≈ 600,000")).toBeInTheDocument();
    expect(screen.getByText("≈ $1.25")).toBeInTheDocument();
    expect(calls.map((it) => it.path)).toEqual(["/api/v1/admin/dead-letters/plan"]);
    expect(calls[0]?.body).toEqual(FILTER);
  });

  test("warns of what will die again and of what is left out", async () => {
    answerWith({ [PLAN]: () => aPlan({ letters: 10, hopeless: 2, skipped: 1 }) });
    show();
    expect(await screen.findByText(/2 dead letters died at once/)).toBeInTheDocument();
    expect(screen.getByText(/1 dead letter cannot be sent as it is/)).toBeInTheDocument();
    expect(screen.getByRole("button", { name: "Retry 1 first, then 8" })).toBeEnabled();
  });

  test("of nothing offers nothing", async () => {
    answerWith({ [PLAN]: () => aPlan({ letters: 0 }) });
    show();
    expect(await screen.findByText(/No dead letter matches any more/)).toBeInTheDocument();
    expect(screen.getByRole("button", { name: /^Retry/ })).toBeDisabled();
  });
});

describe("the order", () => {
  test("tries one first unless told otherwise, and then shows what became of them", async () => {
    const calls = answerWith({
      [PLAN]: () => aPlan({ filter: FILTER }),
      [ORDER]: () => aRun({ state: "canary", retried: 1, skipped: 0, jobs: { retrying: 1 } }),
      [RUN]: () => aRun(),
    });
    const { user } = show();
    await user.click(await screen.findByRole("button", { name: "Retry 1 first, then 499" }));
    const bar = await screen.findByRole("progressbar");
    expect(calls.find((it) => it.path.endsWith("retry-all"))?.body).toEqual({
      filter: FILTER,
      rate: 10,
      canary: 1,
    });
    expect(bar).toHaveAttribute("aria-valuenow", "105");
    const outcomes = screen.getByRole("list");
    expect(within(outcomes).getByText("succeeded").parentElement).toHaveTextContent("80");
    expect(within(outcomes).getByText("died again").parentElement).toHaveTextContent("4");
    expect(within(outcomes).getByText("not sent yet").parentElement).toHaveTextContent("395");
  });

  test("without the careful first one sends all at the rate that was asked for", async () => {
    const calls = answerWith({ [PLAN]: () => aPlan(), [ORDER]: () => aRun(), [RUN]: () => aRun() });
    const { user } = show();
    await user.click(await screen.findByRole("switch", { name: "Try a few first" }));
    const rate = screen.getByRole("spinbutton", { name: "Letters per second" });
    await user.clear(rate);
    await user.type(rate, "50");
    expect(screen.getByText(/takes about 10 s/)).toBeInTheDocument();
    await user.click(screen.getByRole("button", { name: "Retry 500 dead letters" }));
    await screen.findByRole("progressbar");
    expect(calls.find((it) => it.path.endsWith("retry-all"))?.body).toMatchObject({ rate: 50, canary: 0 });
  });

  test("is not sent with a pace that the API refuses, which is said at its field", async () => {
    const calls = answerWith({ [PLAN]: () => aPlan() });
    const { user } = show();
    const rate = await screen.findByRole("spinbutton", { name: "Letters per second" });
    await user.clear(rate);
    await user.click(screen.getByRole("button", { name: /^Retry 1 first/ }));
    expect(rate).toHaveAccessibleDescription("A number from 1 to 1000.");
    expect(calls).toHaveLength(1);
  });

  test("that the API refuses is explained in the dialog, which stays", async () => {
    answerWith({
      [PLAN]: () => aPlan(),
      [ORDER]: () => refusal(409, "conflict", "Another run is under way."),
    });
    const { user } = show();
    await user.click(await screen.findByRole("button", { name: /^Retry 1 first/ }));
    expect(await screen.findByRole("alert")).toHaveTextContent("Another run is under way.");
  });
});

test("a run can be stopped, and goes on when the dialog is closed", async () => {
  const calls = answerWith({
    [PLAN]: () => aPlan(),
    [ORDER]: () => aRun(),
    [RUN]: () => aRun(),
    [STOP]: () => aRun({ state: "stopped" }),
  });
  const { user, onClose } = show();
  await user.click(await screen.findByRole("button", { name: /^Retry 1 first/ }));
  await user.click(await screen.findByRole("button", { name: "Stop" }));
  expect(calls.some((it) => it.path.endsWith("/stop"))).toBe(true);
  await user.click(screen.getByRole("button", { name: "Go on in the background" }));
  expect(onClose).toHaveBeenCalledOnce();
});

test("a run whose first letter died again says so, and can be sent on all the same", async () => {
  answerWith({
    [PLAN]: () => aPlan(),
    [ORDER]: () => aRun(),
    [RUN]: () => aRun({ state: "halted", retried: 1, skipped: 0, jobs: { dead: 1 } }),
  });
  const { user } = show();
  await user.click(await screen.findByRole("button", { name: /^Retry 1 first/ }));
  expect(await screen.findByText(/One of the first died again/)).toBeInTheDocument();
  expect(screen.getByRole("button", { name: "Send the others all the same" })).toBeInTheDocument();
  expect(screen.queryByRole("button", { name: "Stop" })).not.toBeInTheDocument();
});
