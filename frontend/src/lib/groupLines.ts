import type { GroupLag, GroupRead, LagSnapshot, WorkerRead } from "@/types/api";

/** A group: what PostgreSQL and its workers say of it, and what the monitor measured. */
export interface GroupLine extends GroupRead {
  /** Null while no monitor measures. */
  lag: GroupLag | null;
  workers: WorkerRead[];
  /** Jobs whose agent runs, in all workers. */
  running: number;
  /** Jobs that workers have taken and not settled. */
  taken: number;
}

export function groupLines(groups: readonly GroupRead[], snapshot: LagSnapshot | null): GroupLine[] {
  const lags = new Map(snapshot?.groups.map((it) => [it.job_type, it]));
  return groups.map((group) => {
    const workers = group.workers ?? [];
    return {
      ...group,
      workers,
      lag: lags.get(group.group) ?? null,
      running: workers.reduce((sum, it) => sum + it.running, 0),
      taken: workers.reduce((sum, it) => sum + it.waiting, 0),
    };
  });
}
