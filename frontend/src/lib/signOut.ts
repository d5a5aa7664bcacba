/** Signing out: in every tab at once, and the streams end with it. */

const CHANNEL = "delight:session";

type Listener = () => void;

/** Ends the session on the server, and here. */
export async function signOut(): Promise<void> {
  const response = await fetch("/auth/sign-out", { method: "POST" });
  const { next } = (await response.json()) as { next?: string };
  tellTabs();
  leaveTo(next ?? "/sign-in");
}

/** The session ended by itself: sign in again, and come back to this page. What was typed is kept as a draft. */
export function leaveSignedOut(): void {
  const here = `${window.location.pathname}${window.location.search}`;
  if (here.startsWith("/sign-in")) return;
  leaveTo(`/sign-in?problem=ended&next=${encodeURIComponent(here)}`);
}

/** Calls `listener` when another tab signs out; this tab leaves then, too. */
export function onSignOut(listener: Listener): () => void {
  const channel = new BroadcastChannel(CHANNEL);
  channel.onmessage = () => {
    listener();
    leaveTo("/sign-in");
  };
  return () => channel.close();
}

function tellTabs(): void {
  const channel = new BroadcastChannel(CHANNEL);
  channel.postMessage("signed-out");
  channel.close();
}

/** By a whole load, and not by the router: nothing of the person stays in memory. */
function leaveTo(address: string): void {
  window.location.href = address;
}
