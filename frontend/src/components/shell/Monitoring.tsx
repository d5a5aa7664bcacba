"use client";

import { useEffect } from "react";

import { startMonitoring } from "@/lib/monitoring";

export function Monitoring({ dsn }: { dsn: string }) {
  useEffect(() => {
    // After what the person waits for.
    const timer = setTimeout(() => startMonitoring(dsn), 2_000);
    return () => clearTimeout(timer);
  }, [dsn]);
  return null;
}
