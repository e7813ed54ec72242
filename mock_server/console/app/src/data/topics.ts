/**
 * What changes in a workspace, as far as a page has to know: topics that the stream announces. `writes` are those
 * requests that may change something. What reads the platform follows it and not `requests`, for its own reads are
 * requests too.
 */

/** A kind of change. `reset` means that anything may have changed. */
export type Topic = "requests" | "jobs" | "clock" | "workspaces" | "faults" | "writes" | "reset";

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
  if (topic === "requests" && mayChange(detail)) announce("writes", detail, urgent);
}

interface Sent {
  method?: string;
  path?: string;
}

/**
 * Says whether one of the requests may have changed what a page shows; signing in does not. Counts of many requests say
 * how many those were: reads are no reason to read, or a page that reads much would read without end.
 */
function mayChange(detail: unknown): boolean {
  const { entries, writes = 0, ...single } = (detail ?? {}) as Sent & { entries?: Sent[]; writes?: number };
  if (writes) return true;
  const isWrite = (sent: Sent): boolean =>
    sent.method !== undefined && sent.method !== "GET" && !sent.path?.includes("/api/v3/auth");
  return (entries ?? [single]).some(isWrite);
}
