// Draws the web into PNG files: node scripts/screenshots.mjs WEB_URL FOLDER. The system behind it is one that nobody uses.
import { join } from "node:path";

import { chromium } from "@playwright/test";

const [webUrl, folder] = process.argv.slice(2);
const VIEWPORT = { width: 1200, height: 820 };
const PATIENCE_MS = 60_000;

const browser = await chromium.launch({
  executablePath: process.env.DELIGHT_CHROMIUM,
  args: ["--no-sandbox", "--disable-background-networking", "--disable-dev-shm-usage"],
});

async function signIn(subject, roles) {
  const context = await browser.newContext({
    baseURL: webUrl,
    viewport: VIEWPORT,
    colorScheme: "light",
    reducedMotion: "reduce",
    extraHTTPHeaders: { origin: webUrl },
  });
  const form = new FormData();
  form.append("subject", subject);
  for (const role of roles) form.append("roles", role);
  form.append("next", "/");
  await context.request.post("/auth/development", { multipart: form, maxRedirects: 0 });
  return context;
}

async function until(look) {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    const found = await look();
    if (found) return found;
    if (Date.now() > deadline) throw new Error("It did not happen in time.");
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

async function get(context, path) {
  const answer = await context.request.get(`/api/v1/${path}`);
  if (!answer.ok()) throw new Error(`${path}: ${answer.status()} ${await answer.text()}`);
  return answer.json();
}

/** Sends an action, and waits until its job is done. */
async function act(context, path, data) {
  const answer = await context.request.post(`/api/v1/${path}`, { data });
  if (!answer.ok()) throw new Error(`${path}: ${answer.status()} ${await answer.text()}`);
  const { job_id: id } = await answer.json();
  if (id !== undefined) await until(async () => (await get(context, `jobs/${id}`)).status === "succeeded");
}

async function liveALittle(context) {
  await act(context, "goals", {
    title: "Sleep before midnight",
    category: "health",
    why: "Mornings are mine then",
  });
  await act(context, "goals", { title: "Play the piano again", category: "craft" });
  await act(context, "quests/request", { count: 5 });
  const { items: quests } = await until(async () => {
    const page = await get(context, "quests?status=proposed");
    return page.items.length >= 5 && page;
  });
  for (const quest of quests.slice(0, 5)) await act(context, "quests/accept", { quest_id: quest.id });
  const { items: missions } = await get(context, "missions?status=pending");
  for (const mission of missions.slice(0, 1)) {
    await act(context, "missions/start", { mission_id: mission.id });
    await act(context, "missions/complete", {
      mission_id: mission.id,
      reflection: "Ten quiet minutes. More of that.",
    });
  }
  await act(context, "missions/start", { mission_id: missions[1].id });
}

const ada = await signIn("ada", ["user"]);
await liveALittle(ada);
const page = await ada.newPage();
await page.goto("/");
await page.getByRole("heading", { name: "For now" }).waitFor();
await page.waitForFunction(() => document.querySelector("[data-testid=essence]")?.textContent !== "0");
await page.screenshot({ path: join(folder, "web-today.png") });

await page.goto("/companion/eliza");
const box = page.getByLabel("Message to Eliza");
for (const [said, words] of [
  ["I slept badly and feel tired today.", 1],
  ["Thank you. I went for a walk, and it helped.", 2],
]) {
  await box.fill(said);
  await box.press("Enter");
  await until(async () => (await page.getByText("offline", { exact: true }).count()) >= words);
  await until(async () => (await page.getByTestId("answer").count()) === 0);
}
await box.blur();
await page.screenshot({ path: join(folder, "web-chat.png") });
await ada.close();

const grace = await signIn("grace", ["user", "operator"]);
const console_ = await grace.newPage();
await console_.goto("/admin/failed");
await console_.getByRole("row").nth(1).waitFor();
await console_.screenshot({ path: join(folder, "web-failed-jobs.png") });
await browser.close();
