"use client";

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Archive } from "lucide-react";
import { toast } from "@/lib/toast";

import { Button } from "@/components/ui/Button";
import { Card, CardTitle } from "@/components/ui/Card";
import { CategoryBadge } from "@/components/ui/CategoryBadge";
import { Skeleton } from "@/components/ui/Skeleton";
import { answered, api } from "@/lib/api/client";
import { queries } from "@/lib/queries";
import { strings } from "@/lib/strings/app";
import type { GoalRead } from "@/types/api";

import { GoalForm } from "./GoalForm";

const words = strings.person.goals;

/** What the person wants: quests are made from it. */
export function Goals() {
  const cache = useQueryClient();
  const goals = useQuery(queries.goals());
  const change = useMutation({
    mutationFn: ({ goal, status }: { goal: GoalRead; status: GoalRead["status"] }) =>
      answered(
        api.PATCH("/api/v1/goals/{goal_id}", { params: { path: { goal_id: goal.id } }, body: { status } }),
      ),
    onSuccess: async (_, { goal, status }) => {
      await cache.invalidateQueries({ queryKey: ["goals"] });
      if (status === "active") return;
      toast(words.archived(goal.title), {
        action: { label: strings.actions.undo, onClick: () => change.mutate({ goal, status: "active" }) },
      });
    },
  });
  const active = goals.data?.items.filter((goal) => goal.status === "active") ?? [];
  return (
    <aside className="grid content-start gap-4">
      <Card className="grid gap-4">
        <div>
          <CardTitle>{words.title}</CardTitle>
          <p className="text-ink-soft text-sm">{words.lead}</p>
        </div>
        {goals.isPending && <Skeleton className="h-20" />}
        {goals.data !== undefined && active.length === 0 && <p className="text-ink-soft">{words.none}</p>}
        <ul className="grid gap-3">
          {active.map((goal) => (
            <li key={goal.id} className="bg-sunken flex items-start gap-2 rounded-lg p-3">
              <div className="grid min-w-0 flex-1 gap-1.5">
                <p className="font-medium">{goal.title}</p>
                {goal.why !== "" && <p className="text-ink-soft text-sm">{goal.why}</p>}
                <span>
                  <CategoryBadge category={goal.category} />
                </span>
              </div>
              <Button
                variant="ghost"
                size="iconSm"
                aria-label={words.archiveOf(goal.title)}
                onClick={() => change.mutate({ goal, status: "archived" })}
              >
                <Archive aria-hidden />
              </Button>
            </li>
          ))}
        </ul>
        <GoalForm />
      </Card>
    </aside>
  );
}
