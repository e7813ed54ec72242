/** One stream of changes for the page; where the server has none, it reads the status and the journal instead. */

import { signal } from "@preact/signals";
import { controlBase, workspace } from "./base";
import { controlHeaders, control, obtainControlToken, needsControlToken } from "./control";
import { ApiError } from "./http";
import { readEvents, type ServerEvent } from "./sse";
import { announce, type Topic } from "./topics";
import type { Control } from "./types";

/** How the page learns of changes. */
export type Connection = "connecting" | "live" | "polling" | "lost" | "paused";

/** The state of the connection. */
export const connection = signal<Connection>("connecting");

/** Pauses between attempts to connect, in milliseconds. */
const BACK_OFF = [500, 1000, 2000, 4000, 8000];
const POLL_MS = 2000;

let abort: AbortController | null = null;
let lastId: string | null = null;
let failures = 0;

/** Keeps the stream open while the page is visible; returns the function that ends it. */
export function keepOpen(): () => void {
  const onVisibility = (): void => {
    if (document.hidden) pause();
    else resume();
  };
  document.addEventListener("visibilitychange", onVisibility);
  onVisibility();
  return () => {
    document.removeEventListener("visibilitychange", onVisibility);
    pause();
  };
}

function pause(): void {
  abort?.abort();
  abort = null;
  connection.value = "paused";
}

function resume(): void {
  if (abort) return;
  abort = new AbortController();
  if (connection.peek() === "paused") announce("reset");
  connection.value = "connecting";
  void run(abort.signal);
}

async function run(ended: AbortSignal): Promise<void> {
  while (!ended.aborted) {
    try {
      const supported = await readOnce(ended);
      if (!supported) return poll(ended);
    } catch (error) {
      if (ended.aborted) return;
      if (needsControlToken(error) && !(await obtainControlToken())) return;
    }
    if (ended.aborted) return;
    connection.value = "lost";
    await delay(BACK_OFF[Math.min(failures++, BACK_OFF.length - 1)] ?? POLL_MS, ended);
  }
}

/** Reads the stream until it ends; false if the server has no stream. */
async function readOnce(ended: AbortSignal): Promise<boolean> {
  const headers: Record<string, string> = { ...controlHeaders(), accept: "text/event-stream" };
  if (lastId !== null) headers["last-event-id"] = lastId;
  const url = `${controlBase}/stream`;
  const response = await fetch(url, { headers, signal: ended, cache: "no-store", credentials: "omit" });
  if (response.status === 404) return false;
  if (!response.ok || !response.body) throw await refusal(response, url);
  const resumed = failures > 0;
  failures = 0;
  connection.value = "live";
  if (resumed && lastId === null) announce("reset");
  for await (const event of readEvents(response.body)) receive(event);
  return true;
}

async function refusal(response: Response, url: string): Promise<ApiError> {
  const body = (await response.json().catch(() => null)) as Control["ErrorResponse"] | null;
  const request = { method: "GET", url, headers: {} };
  return new ApiError(response.status, request, body?.validation_errors ?? [], body?.message ?? null, null);
}

/** The topics of each kind of event. `counts` comes in place of many single events, `gap` in place of lost ones. */
const TOPICS: Record<string, Topic[]> = {
  request: ["requests"],
  job: ["jobs"],
  clock: ["clock"],
  workspace: ["workspaces"],
  fault: ["faults"],
  counts: ["requests", "jobs", "faults"],
  gap: ["reset"],
};

function receive(event: ServerEvent): void {
  if (event.id !== null) lastId = event.id;
  const detail = JSON.parse(event.data) as { name?: string; change?: string };
  for (const topic of TOPICS[event.type] ?? []) announce(topic, { kind: event.type, ...detail });
  const replaced = detail.change === "reset" || detail.change === "restored";
  if (event.type === "workspace" && replaced && detail.name === workspace) announce("reset");
}

/** Reads the status and the newest requests every two seconds, and announces what changed. */
async function poll(ended: AbortSignal): Promise<void> {
  let before: Control["WorkspaceStatus"] | null = null;
  let number = 0;
  while (!ended.aborted) {
    try {
      const status = await control.get("/status", {}, ended);
      connection.value = "polling";
      if (before && JSON.stringify(before) !== JSON.stringify(status)) announceDifferences(before, status);
      const entries = await control.get("/journal", { query: { after: number, limit: 50 } }, ended);
      const last = entries.at(-1)?.number;
      if (last !== undefined) {
        if (before) announce("requests", { kind: "entries", entries });
        number = last;
      }
      before = status;
    } catch {
      if (!ended.aborted) connection.value = "lost";
    }
    await delay(POLL_MS, ended);
  }
}

function announceDifferences(before: Control["WorkspaceStatus"], after: Control["WorkspaceStatus"]): void {
  const jobsChanged = before.pending_jobs !== after.pending_jobs || before.next_due !== after.next_due;
  if (jobsChanged) announce("jobs");
  if (after.clock.mode !== "running" || before.clock.mode !== "running") announce("clock");
}

function delay(milliseconds: number, ended: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    ended.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
