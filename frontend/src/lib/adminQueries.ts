/** What the console's pages read, each under its key: one file for each area in `adminQueries/`. */
import type { Client } from "openapi-fetch";

import type { paths } from "@/types/api";

import { auditQueries } from "./adminQueries/audit";
import { deadLetterQueries } from "./adminQueries/deadLetters";
import { groupQueries } from "./adminQueries/groups";
import { jobQueries } from "./adminQueries/jobs";
import { overviewQueries } from "./adminQueries/overview";
import { api } from "./api/client";

export function makeAdminQueries(client: Client<paths>) {
  return {
    ...overviewQueries(client),
    ...groupQueries(client),
    ...auditQueries(client),
    ...deadLetterQueries(client),
    ...jobQueries(client),
  };
}

/** The queries of a browser. */
export const adminQueries = makeAdminQueries(api);
