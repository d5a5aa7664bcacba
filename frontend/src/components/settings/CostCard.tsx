"use client";

import { useQuery } from "@tanstack/react-query";

import { Card, CardTitle } from "@/components/ui/Card";
import { queries } from "@/lib/queries";
import { strings } from "@/lib/strings/app";

const words = strings.person.settings;
const dollars = new Intl.NumberFormat("en", { style: "currency", currency: "USD" });
const whole = new Intl.NumberFormat("en");

export function CostCard() {
  const { data: cost } = useQuery(queries.cost());
  if (cost === undefined) return null;
  return (
    <Card className="grid gap-1">
      <CardTitle>{words.cost}</CardTitle>
      <p>{words.costText(dollars.format(cost.usd), dollars.format(cost.budget_usd))}</p>
      <p className="text-ink-soft text-sm">
        {words.costTokens(whole.format(cost.tokens_in + cost.tokens_out))} · {cost.message}
      </p>
    </Card>
  );
}
