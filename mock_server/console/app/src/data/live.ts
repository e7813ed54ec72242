/** What every page shows: the workspace's status and its jobs, kept up to date, and the clock between two updates. */

import { computed, effect, signal } from "@preact/signals";
import { control } from "./control";
import { Resource } from "./resource";
import type { Control } from "./types";

/** The workspace's status. */
export const status = new Resource<Control["WorkspaceStatus"]>("status", {
  load: (abort) => control.get("/status", {}, abort),
  request: () => control.describe("get", "/status"),
  on: ["clock", "jobs", "workspaces"],
});

/** The workspace's jobs: past ones first, then the pending ones in due order. */
export const jobs = new Resource<Control["Job"][]>("jobs", {
  load: (abort) => control.get("/jobs", {}, abort),
  request: () => control.describe("get", "/jobs"),
  on: ["clock", "jobs"],
});

const machine = signal(performance.now());
let read = performance.now();

effect(() => {
  if (status.value) read = performance.now();
});

/** The workspace's time in milliseconds, computed from the last reading while the clock runs. */
export const now = computed(() => {
  const clock = status.value?.clock;
  if (!clock) return null;
  const since = clock.mode === "running" ? Math.max(0, machine.value - read) * clock.speed : 0;
  return Math.floor((Date.parse(clock.now) + since) / 1000) * 1000;
});

/** Shows a time that a response told, until the status is loaded again. */
export function showTime(instant: string): void {
  const known = status.state.peek().value;
  if (known) status.set({ ...known, clock: { ...known.clock, now: instant } });
}

/** The next pending job, or null. */
export const nextJob = computed(() => jobs.value?.find((job) => job.state === "pending") ?? null);

/** Begins to follow the status and the jobs; returns the function that ends it. */
export function follow(): () => void {
  const ends = [status.use(), jobs.use()];
  const timer = window.setInterval(() => {
    if (!document.hidden && status.value?.clock.mode === "running") machine.value = performance.now();
  }, 1000);
  return () => {
    for (const end of ends) end();
    window.clearInterval(timer);
  };
}
