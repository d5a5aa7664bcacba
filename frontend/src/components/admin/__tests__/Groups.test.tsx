import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { describe, expect, it, vi } from "vitest";

import { Groups } from "@/components/admin/Groups";
import { groupLag, groupRead, partitionLag } from "@/lib/testing/overviewData";
import { type Answer, refusal } from "@/lib/testing/renderConsole";

import { openConsole, rowOf } from "./openConsole";

vi.mock("next/navigation", () => import("./navigation"));

const LAG = {
  measured_at: "2026-11-25T09:00:00Z",
  groups: [
    groupLag({
      depth: 7,
      lag: 7,
      oldest_age_seconds: 65,
      breaker: "open",
      partitions: [partitionLag(), partitionLag({ partition: 1, lag: 7, end: 11 })],
    }),
  ],
};

function open(address = "/admin/groups", answers: Record<string, Answer> = {}) {
  return openConsole(<Groups />, address, {
    "GET /api/v1/admin/groups": () => [
      groupRead(),
      groupRead({
        group: "companion-reply",
        paused: true,
        paused_by: "grace",
        paused_at: "2026-11-25T08:00:00Z",
        reason: "The provider is down.",
        workers: [],
      }),
    ],
    "GET /api/v1/admin/lag": () => LAG,
    ...answers,
  });
}

async function rowOfGroup(group: string) {
  return rowOf(await screen.findByRole("button", { name: `Partitions and workers of ${group}` }));
}

describe("Groups", () => {
  it("shows what waits and for how long, the breaker, and who paused a group and why", async () => {
    open();
    const busy = await rowOfGroup("quest-generation");
    await waitFor(() => expect(busy).toHaveTextContent("Breaker open"));
    expect(busy).toHaveTextContent("1 min 5 s");
    expect(busy).toHaveTextContent("1 of 2");
    const paused = await rowOfGroup("companion-reply");
    expect(paused).toHaveTextContent("grace: The provider is down.");
    expect(paused).toHaveTextContent("No workers");
  });

  it("opens a group by its address, with its workers and the partitions in which something waits", async () => {
    const user = userEvent.setup();
    open("/admin/groups?group=quest-generation");
    const partitions = await screen.findByRole("table", { name: "Partitions of quest-generation" });
    expect(within(partitions).getAllByRole("rowheader")).toHaveLength(1);
    expect(within(partitions).getByRole("rowheader")).toHaveTextContent("quest.requested / 1");
    const workers = screen.getByRole("table", { name: "Workers of quest-generation" });
    expect(within(workers).getByRole("rowheader")).toHaveTextContent("worker-1");
    await user.click(screen.getByRole("button", { name: "Show all partitions" }));
    expect(within(partitions).getAllByRole("rowheader")).toHaveLength(2);
  });

  it("keeps the group that is opened in the address", async () => {
    const user = userEvent.setup();
    open();
    await user.click(await screen.findByRole("button", { name: /workers of companion-reply/ }));
    expect(window.location.search).toBe("?group=companion-reply");
  });

  it("pauses a group only with a reason, and keeps the reason when that fails", async () => {
    const user = userEvent.setup();
    const answers = [
      refusal(409, "conflict", "quest-generation is paused already."),
      groupRead({ paused: true }),
    ];
    const { asked } = open("/admin/groups", {
      "POST /api/v1/admin/groups/quest-generation/pause": () =>
        answers.shift() ?? refusal(500, "unexpected", "Asked too often."),
    });
    await user.click(await screen.findByRole("button", { name: "Pause quest-generation" }));
    const dialog = await screen.findByRole("dialog", { name: "Pause quest-generation?" });
    await user.click(within(dialog).getByRole("button", { name: "Pause the group" }));
    expect(within(dialog).getByRole("textbox", { name: "Reason" })).toBeInvalid();
    expect(asked.filter((it) => it.method === "POST")).toHaveLength(0);

    await user.type(within(dialog).getByRole("textbox", { name: "Reason" }), " Bad prompt. ");
    await user.click(within(dialog).getByRole("button", { name: "Pause the group" }));
    expect(await within(dialog).findByRole("alert")).toHaveTextContent("paused already");
    expect(within(dialog).getByRole("textbox", { name: "Reason" })).toHaveValue(" Bad prompt. ");

    await user.click(within(dialog).getByRole("button", { name: "Pause the group" }));
    await waitFor(() => expect(screen.queryByRole("dialog")).not.toBeInTheDocument());
    await waitFor(() => expect(screen.getByRole("button", { name: "Pause quest-generation" })).toHaveFocus());
    expect(asked.filter((it) => it.method === "POST").at(-1)?.body).toEqual({ reason: "Bad prompt." });
  });

  it("resumes a paused group, and asks again how it is", async () => {
    const user = userEvent.setup();
    const { asked } = open("/admin/groups", {
      "POST /api/v1/admin/groups/companion-reply/resume": () => groupRead({ group: "companion-reply" }),
    });
    const before = () => asked.filter((it) => it.path === "/api/v1/admin/groups").length;
    await user.click(await screen.findByRole("button", { name: "Resume companion-reply" }));
    await waitFor(() =>
      expect(asked.some((it) => it.path === "/api/v1/admin/groups/companion-reply/resume")).toBe(true),
    );
    await waitFor(() => expect(before()).toBeGreaterThan(1));
  });

  it("goes on without a monitor, and says so", async () => {
    open("/admin/groups", {
      "GET /api/v1/admin/lag": () => refusal(503, "service_unavailable", "No monitor has measured lately."),
    });
    expect(await screen.findByText(/No monitor has measured lately/)).toBeInTheDocument();
    expect(await rowOfGroup("quest-generation")).toHaveTextContent("–");
  });
});
