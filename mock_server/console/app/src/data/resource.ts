/** Data that a page shows: loaded once, shown again at once, and loaded anew when something changed. */

import { signal, type ReadonlySignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { ApiRequest } from "./http";
import { session } from "./session";
import { onTopic, type Topic } from "./topics";

/** How a resource is loaded. `request` describes the call for "as curl"; `on` names what makes it load again. */
export interface Source<T> {
  load: (signal: AbortSignal) => Promise<T>;
  request?: () => ApiRequest;
  on?: Topic[];
}

/** The value of a resource, or why there is none. `value` stays while it is loaded again. */
export interface ResourceState<T> {
  value: T | undefined;
  error: Error | null;
  busy: boolean;
}

/** Announcements within this time cause one load. */
const GATHER_MS = 120;
/** The least time between two loads that announcements cause, and the share of the time that loading may take. */
const APART_MS = 1000;
const SHARE = 0.2;

/** A value from the server, and how to load it again. */
export class Resource<T> {
  readonly #state = signal<ResourceState<T>>({ value: undefined, error: null, busy: false });
  #abort: AbortController | null = null;
  #timer: number | undefined;
  #users = 0;
  #ends: (() => void)[] = [];
  #again = false;
  #urgent = false;
  #started = -Infinity;
  #took = 0;

  constructor(
    readonly key: string,
    public source: Source<T>,
  ) {}

  get state(): ReadonlySignal<ResourceState<T>> {
    return this.#state;
  }

  /** The value, or undefined as long as there is none. Reading it in a component subscribes the component. */
  get value(): T | undefined {
    return this.#state.value.value;
  }

  /** Replaces the value without a request, as after a write whose response holds it. */
  set(value: T): void {
    this.#state.value = { value, error: null, busy: false };
  }

  /** Loads the value now; a load that is under way is dropped. */
  async refresh(): Promise<void> {
    this.#abort?.abort();
    const abort = new AbortController();
    this.#abort = abort;
    this.#state.value = { ...this.#state.peek(), busy: true };
    const started = performance.now();
    this.#started = started;
    try {
      const value = await this.source.load(abort.signal);
      if (this.#abort === abort) this.#state.value = { value, error: null, busy: false };
    } catch (error) {
      if (this.#abort === abort) this.#state.value = { ...this.#state.peek(), error: asError(error), busy: false };
    } finally {
      this.#took = performance.now() - started;
      if (this.#abort === abort) this.#abort = null;
      if (this.#again && !this.#abort) this.later(this.#urgent);
    }
  }

  /** Loads the value soon, once for several changes; never while a load is under way, and rarely if loads take long. */
  later(urgent = false): void {
    if (this.#abort) {
      this.#again = true;
      this.#urgent ||= urgent;
      return;
    }
    if (urgent) window.clearTimeout(this.#timer);
    if (urgent) this.#timer = undefined;
    this.#again = this.#urgent = false;
    this.#timer ??= window.setTimeout(
      () => {
        this.#timer = undefined;
        if (this.#users) void this.refresh();
      },
      urgent ? 0 : this.#pause(),
    );
  }

  #pause(): number {
    const since = performance.now() - this.#started;
    return Math.max(GATHER_MS, APART_MS - since, this.#took / SHARE - since);
  }

  /** Begins to follow the topics; the first user of the resource loads it. */
  use(): () => void {
    if (this.#users++ === 0) {
      const topics = new Set<Topic>([...(this.source.on ?? []), "reset"]);
      this.#ends = [...topics].map((topic) => onTopic(topic, (_, urgent) => this.later(urgent)));
      void this.refresh();
    }
    return () => {
      if (--this.#users > 0) return;
      for (const end of this.#ends) end();
      this.#ends = [];
      this.#again = false;
      this.#abort?.abort();
    };
  }
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}

const resources = new Map<string, Resource<unknown>>();
const MAX_KEPT = 100;

function find<T>(key: string, source: Source<T>): Resource<T> {
  const known = resources.get(key) as Resource<T> | undefined;
  if (known) {
    known.source = source;
    return known;
  }
  const made = new Resource(key, source);
  resources.set(key, made as Resource<unknown>);
  const oldest = resources.keys().next();
  if (resources.size > MAX_KEPT && !oldest.done) resources.delete(oldest.value);
  return made;
}

/** Forgets all values, as after another user signed in. */
export function forgetResources(): void {
  resources.clear();
}

/** Drops the values whose key begins with a text, and loads those that are shown again. */
export function invalidate(prefix: string): void {
  for (const [key, resource] of resources) if (key.startsWith(prefix)) resource.later();
}

/**
 * Loads data for a component: `useResource("packages", { load: (s) => platform.get("/…", {}, s), on: ["jobs"] })`.
 * The key has to differ for different parameters.
 */
export function useResource<T>(key: string, source: Source<T>): Resource<T> {
  const owner = session.value;
  const resource = find(`${key}|${owner?.username ?? ""}|${owner?.partner ?? ""}`, source);
  useEffect(() => resource.use(), [resource]);
  return resource;
}
