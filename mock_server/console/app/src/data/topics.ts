/** What changes in a workspace, as far as a page has to know: topics that the stream announces. */

/** A kind of change. `reset` means that anything may have changed. */
export type Topic = "requests" | "jobs" | "clock" | "workspaces" | "faults" | "reset";

type Listener = (detail: unknown, urgent: boolean) => void;

const listeners = new Map<Topic, Set<Listener>>();

/** Calls the listener on each change; returns the function that ends it. */
export function onTopic(topic: Topic, listener: Listener): () => void {
  const all = listeners.get(topic) ?? new Set();
  listeners.set(topic, all);
  all.add(listener);
  return () => void all.delete(listener);
}

/** Announces a change. What the user of this page did is urgent: it shows at once, however long loading takes. */
export function announce(topic: Topic, detail?: unknown, urgent = true): void {
  for (const listener of [...(listeners.get(topic) ?? [])]) listener(detail, urgent);
}
