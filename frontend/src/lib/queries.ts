/** What the pages read, each under its key. The server fills the same keys, so a page arrives with its content. */
import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import type { Client } from "openapi-fetch";

import type { Character, MemoryTier, MissionStatus, paths, QuestStatus } from "@/types/api";

import { answered, api } from "./api/client";

export type WindowDays = 7 | 30 | 90;

const PAGE = 20;

export function makeQueries(client: Client<paths>) {
  return {
    quests: (status: QuestStatus) =>
      queryOptions({
        queryKey: ["quests", status],
        queryFn: ({ signal }) =>
          answered(client.GET("/api/v1/quests", { params: { query: { status, limit: 50 } }, signal })),
      }),
    missions: (status: MissionStatus) =>
      queryOptions({
        queryKey: ["missions", "list", status],
        queryFn: ({ signal }) =>
          answered(client.GET("/api/v1/missions", { params: { query: { status, limit: PAGE } }, signal })),
      }),
    triad: () =>
      queryOptions({
        queryKey: ["missions", "triad"],
        queryFn: ({ signal }) => answered(client.GET("/api/v1/missions/triad", { signal })),
      }),
    mission: (id: string) =>
      queryOptions({
        queryKey: ["missions", "one", id],
        queryFn: ({ signal }) =>
          answered(
            client.GET("/api/v1/missions/{mission_id}", { params: { path: { mission_id: id } }, signal }),
          ),
      }),
    progress: (days: WindowDays) =>
      queryOptions({
        queryKey: ["progress", "now", days],
        queryFn: ({ signal }) =>
          answered(client.GET("/api/v1/progress", { params: { query: { window_days: days } }, signal })),
      }),
    dci: (days: WindowDays) =>
      queryOptions({
        queryKey: ["progress", "dci", days],
        queryFn: ({ signal }) =>
          answered(client.GET("/api/v1/progress/dci", { params: { query: { window_days: days } }, signal })),
      }),
    calendar: () =>
      queryOptions({
        queryKey: ["progress", "calendar"],
        queryFn: ({ signal }) => answered(client.GET("/api/v1/progress/calendar", { signal })),
      }),
    essence: () =>
      infiniteQueryOptions({
        queryKey: ["progress", "essence"],
        queryFn: ({ pageParam, signal }) =>
          answered(
            client.GET("/api/v1/progress/essence", {
              params: { query: { cursor: pageParam, limit: PAGE } },
              signal,
            }),
          ),
        initialPageParam: null as string | null,
        getNextPageParam: (page) => page.next_cursor ?? null,
      }),
    characters: () =>
      queryOptions({
        queryKey: ["companion", "characters"],
        queryFn: ({ signal }) => answered(client.GET("/api/v1/companion/characters", { signal })),
      }),
    /** Of one conversation, or of all. */
    messages: (character: Character | null) =>
      infiniteQueryOptions({
        queryKey: ["companion", "messages", character],
        queryFn: ({ pageParam, signal }) =>
          answered(
            client.GET("/api/v1/companion/messages", {
              params: { query: { character, cursor: pageParam, limit: PAGE } },
              signal,
            }),
          ),
        initialPageParam: null as string | null,
        getNextPageParam: (page) => page.next_cursor ?? null,
      }),
    memories: (tier: MemoryTier | null) =>
      infiniteQueryOptions({
        queryKey: ["memories", tier],
        queryFn: ({ pageParam, signal }) =>
          answered(
            client.GET("/api/v1/memories", {
              params: { query: { tier, cursor: pageParam, limit: PAGE } },
              signal,
            }),
          ),
        initialPageParam: null as string | null,
        getNextPageParam: (page) => page.next_cursor ?? null,
      }),
    nudges: () =>
      queryOptions({
        queryKey: ["nudges", "list"],
        queryFn: ({ signal }) =>
          answered(client.GET("/api/v1/nudges", { params: { query: { limit: PAGE } }, signal })),
      }),
    nudgePreferences: () =>
      queryOptions({
        queryKey: ["nudges", "preferences"],
        queryFn: ({ signal }) => answered(client.GET("/api/v1/nudges/preferences", { signal })),
      }),
    me: () =>
      queryOptions({
        queryKey: ["me"],
        queryFn: ({ signal }) => answered(client.GET("/api/v1/me", { signal })),
      }),
    goals: () =>
      queryOptions({
        queryKey: ["goals"],
        queryFn: ({ signal }) => answered(client.GET("/api/v1/goals", { signal })),
      }),
    cost: () =>
      queryOptions({
        queryKey: ["cost"],
        queryFn: ({ signal }) => answered(client.GET("/api/v1/cost/today", { signal })),
      }),
    job: (id: string) =>
      queryOptions({
        queryKey: ["jobs", id],
        queryFn: ({ signal }) =>
          answered(client.GET("/api/v1/jobs/{job_id}", { params: { path: { job_id: id } }, signal })),
      }),
  };
}

/** The queries of a browser. */
export const queries = makeQueries(api);
