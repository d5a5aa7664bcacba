"use client";

import { useQuery } from "@tanstack/react-query";

import { queries } from "@/lib/queries";

export function Today({ name }: { name: string }) {
  const progress = useQuery(queries.progress(30));
  return (
    <h1>
      {name} {progress.data?.essence}
    </h1>
  );
}
