import { useQuery } from "@tanstack/react-query";

import type { MissionAbandon, MissionComplete, MissionStart } from "@/types/api";

import { answered, api } from "./api/client";
import { useIsPending } from "./jobs/pendingJobs";
import { queries } from "./queries";
import { useAction } from "./useAction";

const MISSIONS = ["missions"];

/** A mission, what can be done with it, and what is under way. */
export function useMission(id: string) {
  const query = useQuery(queries.mission(id));
  return { ...query, ...useMissionActions(id) };
}

export function useMissionActions(id: string) {
  const start = useAction<MissionStart>({
    kind: "start",
    target: (body) => body.mission_id,
    refresh: MISSIONS,
    send: (body, key) =>
      answered(api.POST("/api/v1/missions/start", { body, params: { header: { "idempotency-key": key } } })),
  });
  const complete = useAction<MissionComplete>({
    kind: "complete",
    target: (body) => body.mission_id,
    refresh: MISSIONS,
    send: (body, key) =>
      answered(
        api.POST("/api/v1/missions/complete", { body, params: { header: { "idempotency-key": key } } }),
      ),
  });
  const abandon = useAction<MissionAbandon>({
    kind: "abandon",
    target: (body) => body.mission_id,
    refresh: MISSIONS,
    send: (body, key) =>
      answered(
        api.POST("/api/v1/missions/abandon", { body, params: { header: { "idempotency-key": key } } }),
      ),
  });
  return {
    start,
    complete,
    abandon,
    isStarting: useIsPending(["start"], id) || start.isSending,
    isCompleting: useIsPending(["complete"], id) || complete.isSending,
    isAbandoning: useIsPending(["abandon"], id) || abandon.isSending,
  };
}
