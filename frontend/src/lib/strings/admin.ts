/** Words of the operator's console. */
export const admin = {
  title: "Operations",
} as const;
