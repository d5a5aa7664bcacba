/** The only reader of the environment. Wrong settings are a refusal that names the variable. */
import "server-only";

import { z } from "zod";

const text = z.string().trim().min(1);
const address = z.url({ protocol: /^https?$/ }).transform((url) => url.replace(/\/+$/, ""));

const schema = z
  .object({
    DELIGHT_ENVIRONMENT: z.enum(["development", "production"]).default("production"),
    DELIGHT_API_URL: address.default("http://127.0.0.1:8000"),
    DELIGHT_WEB_URL: address.optional(),
    DELIGHT_WEB_SESSION_SECRET: text.min(32).optional(),
    DELIGHT_WEB_CLIENT_ID: text.optional(),
    DELIGHT_WEB_CLIENT_SECRET: text.optional(),
    DELIGHT_WEB_SCOPES: text.default("openid profile offline_access"),
    DELIGHT_WEB_SENTRY_DSN: z.url().optional(),
    DELIGHT_AUTH_ISSUER: text.optional(),
    DELIGHT_AUTH_AUDIENCE: text.optional(),
    DELIGHT_AUTH_ROLES_CLAIM: text.default("roles"),
    DELIGHT_AUTH_DEVELOPMENT_SECRET: text.min(32).optional(),
  })
  .transform((env) => ({
    isDevelopment: env.DELIGHT_ENVIRONMENT === "development",
    apiUrl: env.DELIGHT_API_URL,
    webUrl: env.DELIGHT_WEB_URL,
    sessionSecret: env.DELIGHT_WEB_SESSION_SECRET,
    clientId: env.DELIGHT_WEB_CLIENT_ID,
    clientSecret: env.DELIGHT_WEB_CLIENT_SECRET,
    scopes: env.DELIGHT_WEB_SCOPES,
    sentryDsn: env.DELIGHT_WEB_SENTRY_DSN,
    issuer: env.DELIGHT_AUTH_ISSUER,
    audience: env.DELIGHT_AUTH_AUDIENCE,
    rolesClaim: env.DELIGHT_AUTH_ROLES_CLAIM,
    developmentSecret: env.DELIGHT_AUTH_DEVELOPMENT_SECRET,
  }));

export type Settings = z.infer<typeof schema>;

export class ConfigurationError extends Error {}

/** Reads and checks an environment. Throws `ConfigurationError`. */
export function readSettings(environment: Record<string, string | undefined>): Settings {
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ""));
  const parsed = schema.safeParse(given);
  if (!parsed.success) {
    const problems = parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`);
    throw new ConfigurationError(`The settings are not good. ${problems.join("; ")}`);
  }
  const settings = parsed.data;
  if (settings.isDevelopment) return settings;
  if (settings.developmentSecret !== undefined) {
    throw new ConfigurationError("DELIGHT_AUTH_DEVELOPMENT_SECRET is for development only.");
  }
  for (const [name, value] of Object.entries({
    DELIGHT_WEB_URL: settings.webUrl,
    DELIGHT_WEB_SESSION_SECRET: settings.sessionSecret,
    DELIGHT_WEB_CLIENT_ID: settings.clientId,
    DELIGHT_AUTH_ISSUER: settings.issuer,
  })) {
    if (value === undefined) throw new ConfigurationError(`${name} is required in production.`);
  }
  return settings;
}

let known: Settings | undefined;

export function settings(): Settings {
  known ??= readSettings(process.env);
  return known;
}
