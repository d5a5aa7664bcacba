/** Every English word that people see, in one place: a translation is another object of the same shape. */
import { admin } from "./admin";
import { adminJobs } from "./adminJobs";
import { errors } from "./errors";
import { person } from "./person";
import { shared } from "./shared";

export const strings = { ...shared, errors, person, admin, adminJobs } as const;
