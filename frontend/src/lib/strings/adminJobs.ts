/** Words of the console's pages about jobs and dead letters. */

export const adminJobs = {} as const;
