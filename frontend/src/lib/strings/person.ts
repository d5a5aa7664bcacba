/** Words of the person's app. */
export const person = {
  nav: {
    today: "Today",
    quests: "Quests",
    companion: "Companion",
    progress: "Progress",
    memory: "Memory",
    settings: "Settings",
    console: "Operator's console",
  },
} as const;
