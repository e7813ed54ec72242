/** Several tabs of one workspace share one stream: one tab reads it, and tells the others. */

import { workspace } from "./base";
import type { ServerEvent } from "./sse";

/** What the reading tab tells: an event, or the state of its connection. A tab that joins asks for the state. */
type Message = { event: ServerEvent } | { state: string } | { ask: true };

const NAME = `wavetank-stream:${workspace}`;

/** Whether the browser can share: it needs a secure origin or this machine. Elsewhere, each tab reads its own stream. */
export const canShare = "locks" in navigator && "BroadcastChannel" in window;

const channel = canShare ? new BroadcastChannel(NAME) : null;

/** Waits until this tab is the one that reads, and reads until the signal ends it. Another tab takes over then. */
export async function whenReader(ended: AbortSignal, read: () => Promise<void>): Promise<void> {
  if (!canShare) return read();
  channel?.postMessage({ ask: true } satisfies Message);
  try {
    await navigator.locks.request(NAME, { signal: ended }, read);
  } catch (error) {
    if (!ended.aborted) throw error;
  }
}

/** Tells the other tabs. */
export function tell(message: { event: ServerEvent } | { state: string }): void {
  channel?.postMessage(message satisfies Message);
}

/** Calls the listeners for what another tab tells. */
export function listen(on: { event: (event: ServerEvent) => void; state: (state: string) => void; ask: () => void }): void {
  channel?.addEventListener("message", ({ data }: MessageEvent<Message>) => {
    if ("event" in data) on.event(data.event);
    else if ("state" in data) on.state(data.state);
    else on.ask();
  });
}
