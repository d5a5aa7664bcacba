/** Where a dead letter and a job stand in the console. */
export function letterPath(id: string): string {
  return `/admin/failed/${encodeURIComponent(id)}`;
}

export function jobPath(eventId: string, jobType?: string): string {
  return `/admin/jobs/${eventId}${jobType === undefined ? "" : `/${encodeURIComponent(jobType)}`}`;
}
