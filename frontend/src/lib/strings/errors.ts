/** What went wrong, in words for people. */
export const errors = {
  away: "Delight cannot be reached right now. We keep trying.",
  unexpected: "Something went wrong on our side. Please try again.",
  byCode: {
    edge_away: "Delight cannot be reached right now. We keep trying.",
    service_unavailable: "A part of Delight is away for a moment. Please try again soon.",
    signed_out: "You are signed out.",
    cross_site: "That request did not come from this page. Please reload and try again.",
  },
  byStatus: {
    401: "You are signed out.",
    403: "You are not allowed to do that.",
    404: "That is not there any more.",
    413: "That is too long to send.",
    422: "Something in there is not right. Please check it.",
    429: "That was a lot at once. Please wait a moment.",
  },
} as const;
