const JOB = /^([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}):(.+)$/;

/** The page of what an action was done to; null where there is none. */
export function auditTarget(action: string, target: string): string | null {
  if (action.startsWith("group.")) return `/admin/groups?group=${encodeURIComponent(target)}`;
  const job = JOB.exec(target);
  if (job?.[1] !== undefined && job[2] !== undefined)
    return `/admin/jobs/${job[1]}/${encodeURIComponent(job[2])}`;
  return null;
}
