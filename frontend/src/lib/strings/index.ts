/**
 * Every English word that people see, in one place: a translation is another object of the same shape. Only the operator's
 * console imports all of it.
 */
import { admin } from "./admin";
import { adminJobs } from "./adminJobs";
import { strings as app } from "./app";

export const strings = { ...app, admin, adminJobs } as const;
