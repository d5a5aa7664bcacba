/** The words of all that is not the operator's console, whose many words the person's pages need not load. */
import { errors } from "./errors";
import { person } from "./person";
import { shared } from "./shared";

export const strings = { ...shared, errors, person } as const;
