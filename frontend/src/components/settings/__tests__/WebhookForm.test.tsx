import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { render, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, expect, test, vi } from "vitest";

import type { NudgePreferencesRead } from "@/types/api";

import { WebhookForm } from "../WebhookForm";

const PREFERENCES: NudgePreferencesRead = {
  opted_in: true,
  channels: ["sse"],
  max_per_day: 2,
  quiet_from: "22:00:00",
  quiet_until: "07:00:00",
  time_zone: "Europe/Berlin",
  webhook_url: null,
  has_webhook_secret: false,
};

let sent: unknown[];

beforeEach(() => {
  sent = [];
  vi.stubGlobal("fetch", async (request: Request) => {
    sent.push(await request.json());
    return Response.json(PREFERENCES);
  });
});

function show(preferences: Partial<NudgePreferencesRead> = {}): void {
  render(
    <QueryClientProvider client={new QueryClient()}>
      <WebhookForm preferences={{ ...PREFERENCES, ...preferences }} />
    </QueryClientProvider>,
  );
}

test("an address needs a secret, which is asked for at its field", async () => {
  show();
  await userEvent.type(screen.getByLabelText("Address"), "https://example.org/delight");
  await userEvent.click(screen.getByRole("button", { name: "Save" }));
  expect(await screen.findByText("At least 16 characters, please.")).toBeInTheDocument();
  expect(sent).toEqual([]);
  await userEvent.type(screen.getByLabelText("Secret that signs it"), "sixteen characters");
  await userEvent.click(screen.getByRole("button", { name: "Save" }));
  await waitFor(() =>
    expect(sent).toEqual([
      {
        opted_in: true,
        max_per_day: 2,
        channels: ["sse", "webhook"],
        webhook_url: "https://example.org/delight",
        webhook_secret: "sixteen characters",
      },
    ]),
  );
});

test("a stored secret stays when its field is left empty, and an empty address ends the webhook", async () => {
  show({ webhook_url: "https://example.org/old", has_webhook_secret: true, channels: ["sse", "webhook"] });
  const address = screen.getByLabelText("Address");
  await userEvent.clear(address);
  await userEvent.type(address, "https://example.org/new");
  await userEvent.click(screen.getByRole("button", { name: "Save" }));
  await waitFor(() =>
    expect(sent).toMatchObject([{ webhook_url: "https://example.org/new", webhook_secret: null }]),
  );
  await userEvent.clear(address);
  await userEvent.click(screen.getByRole("button", { name: "Save" }));
  await waitFor(() => expect(sent[1]).toMatchObject({ webhook_url: null, channels: ["sse"] }));
});

test("what is no address is said at its field", async () => {
  show();
  await userEvent.type(screen.getByLabelText("Address"), "somewhere");
  await userEvent.click(screen.getByRole("button", { name: "Save" }));
  expect(await screen.findByText("An address that begins with https://, please.")).toBeInTheDocument();
});
