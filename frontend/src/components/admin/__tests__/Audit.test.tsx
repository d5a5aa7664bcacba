import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { describe, expect, it, vi } from "vitest";

import { Audit } from "@/components/admin/Audit";

import { openConsole, rowOf } from "./openConsole";

vi.mock("next/navigation", () => import("./navigation"));

const JOB = "01a2120b-7369-7146-85c7-d22e50fed40b";
const ACTIONS = [
  {
    id: "1",
    operator: "grace",
    action: "dead_letter.discard",
    target: `${JOB}:companion-reply`,
    details: { reason: "Never valid.", life: 2 },
    created_at: "2026-11-25T09:31:07Z",
  },
];

function open(address: string) {
  return openConsole(<Audit />, address, {
    "GET /api/v1/admin/actions": ({ query }) => ({
      items: query.get("operator") === "nobody" ? [] : ACTIONS,
      next_cursor: query.get("cursor") === null ? "second" : null,
    }),
  });
}

describe("Audit", () => {
  it("shows who did what to what and why, and leads there", async () => {
    open("/admin/audit");
    const row = rowOf(await screen.findByRole("rowheader", { name: /Discarded a dead letter/ }));
    expect(row).toHaveTextContent("grace");
    expect(row).toHaveTextContent("Never valid.");
    expect(row).toHaveTextContent("life2");
    expect(within(row).getByRole("link")).toHaveAttribute("href", `/admin/jobs/${JOB}/companion-reply`);
  });

  it("filters by the address, and pages by cursor there", async () => {
    const user = userEvent.setup();
    const { asked } = open("/admin/audit?action=dead_letter&operator=grace");
    await waitFor(() => expect(asked[0]?.query.get("action")).toBe("dead_letter"));
    expect(asked[0]?.query.get("operator")).toBe("grace");
    await user.click(await screen.findByRole("button", { name: "Next page" }));
    expect(new URLSearchParams(window.location.search).get("cursor")).toBe("second");
    await waitFor(() => expect(asked.at(-1)?.query.get("cursor")).toBe("second"));
    expect(asked.at(-1)?.query.get("action")).toBe("dead_letter");
  });

  it("takes a typed filter when the typing is done, and says when nothing fits", async () => {
    const user = userEvent.setup();
    const { asked } = open("/admin/audit");
    const before = window.history.length;
    await user.type(screen.getByRole("textbox", { name: "Operator" }), "nobody{Enter}");
    expect(window.location.search).toBe("?operator=nobody");
    expect(window.history.length).toBe(before + 1);
    expect(await screen.findByText("No action fits these filters.")).toBeInTheDocument();
    expect(screen.getByRole("textbox", { name: "Operator" })).toHaveFocus();
    await user.click(screen.getByRole("button", { name: "Clear filters" }));
    expect(screen.getByRole("textbox", { name: "Operator" })).toHaveValue("");
    expect(asked.length).toBeGreaterThan(1);
  });
});
