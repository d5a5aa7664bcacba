import { readFileSync } from "node:fs";

import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { describe, expect, it, vi } from "vitest";

import { Overview } from "@/components/admin/Overview";
import { jobTypeOverview } from "@/lib/testing/overviewData";
import { strings } from "@/lib/strings";
import { type Answer } from "@/lib/testing/renderConsole";

import { openConsole, rowOf } from "./openConsole";

vi.mock("next/navigation", () => import("./navigation"));

const ALERT = {
  id: "1",
  rule: "critical-failure",
  subject: "quest-generation",
  severity: "critical",
  state: "firing",
  summary: "3 jobs of quest-generation are dead.",
  value: 3,
  threshold: 0,
  since: "2026-11-25T09:00:00Z",
  resolved_at: null,
};
const HISTORY = {
  step_seconds: 60,
  series: [
    {
      job_type: "quest-generation",
      points: [
        { at: "2026-11-25T09:00:00Z", lag: 5, depth: 1200, oldest_age_seconds: 90, members: 1 },
        { at: "2026-11-25T09:01:00Z", lag: 5, depth: 40, oldest_age_seconds: 2, members: 1 },
      ],
    },
  ],
};

function open(address = "/admin", answers: Record<string, Answer> = {}) {
  return openConsole(<Overview />, address, {
    "GET /api/v1/admin/overview": () => ({
      window_seconds: 3600,
      lag_measured_at: "2026-11-25T09:00:00Z",
      alerts: [],
      job_types: [
        jobTypeOverview({
          queued: 1234,
          dead: 3,
          died: 1,
          retrying: 2,
          succeeded: 3,
          completion_rate: 0.75,
          average_seconds: 0.25,
          p95_seconds: 2.5,
        }),
        jobTypeOverview({ job_type: "nudge-delivery", paused: true }),
      ],
    }),
    "GET /api/v1/admin/lag/history": () => HISTORY,
    "GET /api/v1/admin/alerts": () => ({ firing: [ALERT], resolved: [] }),
    ...answers,
  });
}

describe("Overview", () => {
  it("shows each job type's status, rate and durations, and leads to the jobs behind a number", async () => {
    open();
    const table = await screen.findByRole("table", { name: "Job types" });
    const row = rowOf(within(table).getByRole("rowheader", { name: "quest-generation" }));
    for (const text of ["1,234", "75%", "250 ms", "2.5 s"]) expect(row).toHaveTextContent(text);
    const places = within(row)
      .getAllByRole("link")
      .map((it) => it.getAttribute("href"));
    expect(places).toContain("/admin/failed?job_type=quest-generation");
    expect(places).toContain("/admin/jobs?job_type=quest-generation&status=retrying");
    expect(within(table).getByRole("rowheader", { name: "nudge-delivery" }).closest("tr")).toHaveTextContent(
      "Paused",
    );
  });

  it("says what fires and what to do about it", async () => {
    const user = userEvent.setup();
    open();
    const alerts = await screen.findByRole("region", { name: "Alerts" });
    expect(alerts).toHaveTextContent("3 jobs of quest-generation are dead.");
    expect(within(alerts).getByRole("link", { name: "Look at the failed jobs" })).toHaveAttribute(
      "href",
      "/admin/failed?job_type=quest-generation",
    );
    await user.click(within(alerts).getByText("What to do"));
    expect(within(alerts).getByText(/read the error/i)).toBeVisible();
  });

  it("looks back on the window of the address, and keeps another one there", async () => {
    const user = userEvent.setup();
    const { asked } = open("/admin?window=15");
    await waitFor(() =>
      expect(asked.find((it) => it.path === "/api/v1/admin/overview")?.query.get("window_minutes")).toBe(
        "15",
      ),
    );
    await user.selectOptions(screen.getByRole("combobox", { name: "Window" }), "Last 6 hours");
    expect(window.location.search).toBe("?window=360");
    await waitFor(() =>
      expect(
        asked.some(
          (it) => it.path === "/api/v1/admin/lag/history" && it.query.get("window_minutes") === "360",
        ),
      ).toBe(true),
    );
  });

  it("tells the numbers of the charts in words and tables, too", async () => {
    open();
    expect(
      await screen.findByRole("img", {
        name: "Events that wait, by group. Highest: quest-generation 1,200.",
      }),
    ).toBeInTheDocument();
    const ages = screen.getByRole("table", { name: "Age of the oldest event, by group" });
    expect(within(ages).getByRole("rowheader", { name: "quest-generation" }).closest("tr")).toHaveTextContent(
      "1 min 30 s",
    );
  });

  it("says when nobody measures", async () => {
    open("/admin", {
      "GET /api/v1/admin/overview": () => ({
        window_seconds: 3600,
        lag_measured_at: null,
        alerts: [],
        job_types: [jobTypeOverview({ queued: null })],
      }),
    });
    expect(await screen.findByText(/No monitor has measured lately/)).toBeInTheDocument();
  });
});

describe("the advice on alerts", () => {
  it("is there for every rule of the system", () => {
    const rules = readFileSync("../services/alert_rules.py", "utf8").matchAll(/^ {8}name="([a-z-]+)"/gm);
    const names = [...rules].map((it) => it[1]);
    expect(names.length).toBeGreaterThan(5);
    expect(Object.keys(strings.admin.alerts.advice).sort()).toEqual(names.sort());
  });
});
