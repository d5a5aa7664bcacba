import { screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test, vi } from "vitest";

import { Job } from "@/components/admin/jobs/Job";
import { aJob } from "@/lib/testing/consoleData";
import { answerWith, refusal, renderConsole } from "@/lib/testing/renderConsole";
import type { Journey } from "@/types/api";

const JOB = aJob();
const JOBS = `GET /api/v1/admin/jobs/${JOB.event_id}`;
const JOURNEY = `${JOBS}/journey`;
const CANCEL = `POST /api/v1/admin/jobs/${JOB.event_id}/quest-generation/cancel`;

function aJourney(status: Journey["jobs"][number]["status"] = "succeeded"): Journey {
  const began_at = "2026-06-01T12:00:00Z";
  const ended_at = "2026-06-01T12:00:02Z";
  return {
    event_id: JOB.event_id,
    type: "quest.requested",
    user_id: "ada",
    request_id: null,
    trace_id: null,
    accepted_at: began_at,
    jobs: [
      {
        job_type: "quest-generation",
        status,
        steps: [{ kind: "attempt", what: "attempt 1: succeeded", began_at, ended_at, seconds: 2 }],
        caused: [
          {
            event_id: "01a2120e-1374-73f6-9b76-7d0c2b087f00",
            type: "quest.generated",
            user_id: "ada",
            request_id: null,
            trace_id: null,
            accepted_at: began_at,
            jobs: [{ job_type: "progress-tracking", status: "dead", steps: [], caused: [] }],
          },
        ],
      },
    ],
  };
}

test("a job tells its way, what it cost and what it caused", async () => {
  answerWith({ [JOBS]: () => [JOB], [JOURNEY]: () => aJourney() });
  renderConsole(<Job eventId={JOB.event_id} jobType="quest-generation" />);
  expect(await screen.findByRole("heading", { level: 1, name: /quest-generation/ })).toHaveTextContent(
    "Succeeded",
  );
  const way = screen.getByRole("list", { name: "The way the event took" });
  expect(within(way).getByText("attempt 1: succeeded").closest("li")).toHaveTextContent("2 s");
  expect(screen.getByText("900 read, 300 written")).toBeInTheDocument();
  expect(screen.getByText("$0.0012")).toBeInTheDocument();
  const caused = screen.getByRole("link", { name: "progress-tracking" });
  expect(caused).toHaveAttribute(
    "href",
    "/admin/jobs/01a2120e-1374-73f6-9b76-7d0c2b087f00/progress-tracking",
  );
  expect(screen.queryByRole("button", { name: "Cancel job…" })).not.toBeInTheDocument();
});

test("a job that nobody has settled yet can be looked at and cancelled", async () => {
  const calls = answerWith({
    [JOBS]: () => refusal(404, "not_found", "No job of this event was settled."),
    [JOURNEY]: () => aJourney("queued"),
    [CANCEL]: () => ({ event_id: JOB.event_id, job_type: "quest-generation", status: "cancelled" }),
  });
  const user = userEvent.setup();
  renderConsole(<Job eventId={JOB.event_id} />);
  expect(await screen.findByText(/No worker has settled it yet/)).toBeInTheDocument();
  await user.click(screen.getByRole("button", { name: "Cancel job…" }));
  expect(calls.every((it) => it.method === "GET")).toBe(true);
  await user.click(await screen.findByRole("button", { name: "Cancel the job" }));
  await vi.waitFor(() => expect(calls.some((it) => it.method === "POST")).toBe(true));
});

test("a dead job leads to its dead letter", async () => {
  answerWith({ [JOBS]: () => [aJob({ status: "dead" })], [JOURNEY]: () => aJourney("dead") });
  renderConsole(<Job eventId={JOB.event_id} jobType="quest-generation" />);
  expect(await screen.findByRole("link", { name: "Open the dead letter" })).toHaveAttribute(
    "href",
    `/admin/failed/${JOB.event_id}%3Aquest-generation`,
  );
});

test("an event that nobody knows is an error that can be asked for again", async () => {
  answerWith({});
  renderConsole(<Job eventId={JOB.event_id} />);
  expect(await screen.findByRole("alert")).toHaveTextContent("That is not there any more.");
});
