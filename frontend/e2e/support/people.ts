/** People besides the one who looks at the page. */
import { type APIRequestContext, request } from "@playwright/test";

import { system } from "./system";

export interface Somebody {
  subject: string;
  api: APIRequestContext;
  ask: (minutes: number) => Promise<string>;
}

/** Signs somebody in, without a browser. Dispose of `api` afterwards. */
export async function somebody(subject = `bob-${crypto.randomUUID().slice(0, 8)}`): Promise<Somebody> {
  const origin = system().webUrl;
  const api = await request.newContext({ baseURL: origin, extraHTTPHeaders: { origin } });
  await api.post("/auth/development", { form: { subject, roles: "user", next: "/" }, maxRedirects: 0 });
  return {
    subject,
    api,
    /** Asks for quests that take so many minutes, and gives the job's id. */
    ask: async (minutes) => {
      const answer = await api.post("/api/v1/quests/request", { data: { minutes_available: minutes } });
      return ((await answer.json()) as { job_id: string }).job_id;
    },
  };
}
