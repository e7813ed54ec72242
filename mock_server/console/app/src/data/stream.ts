/**
 * One stream of changes for all visible tabs of a workspace. A hidden tab neither reads it nor is told of it, and loads
 * everything anew when it is shown. Where the server refuses a stream, as it does if too many are open, what is shown is
 * loaded anew at each attempt to open one.
 */

import { signal } from "@preact/signals";
import { controlBase, workspace } from "./base";
import { controlHeaders, obtainControlToken, needsControlToken } from "./control";
import { ApiError } from "./http";
import { listen, tell, whenReader } from "./share";
import { readEvents, type ServerEvent } from "./sse";
import { announce, type Topic } from "./topics";
import type { Control } from "./types";

/** How the page learns of changes. */
export type Connection = "connecting" | "live" | "polling" | "lost" | "paused";

/** The state of the connection. */
export const connection = signal<Connection>("connecting");

/** Pauses between attempts to connect, in milliseconds. */
const BACK_OFF = [500, 1000, 2000, 4000, 8000];

let abort: AbortController | null = null;
let reading = false;
let lastId: string | null = null;
let failures = 0;

/** Keeps the stream open while the page is visible; returns the function that ends it. */
export function keepOpen(): () => void {
  const onVisibility = (): void => {
    if (document.hidden) pause();
    else resume();
  };
  document.addEventListener("visibilitychange", onVisibility);
  listen({ event: hear, state: hearState, ask: () => reading && tell({ state: connection.peek() }) });
  onVisibility();
  return () => {
    document.removeEventListener("visibilitychange", onVisibility);
    pause();
  };
}

function hear(event: ServerEvent): void {
  if (abort && !reading) receive(event);
}

function hearState(state: string): void {
  if (!abort || reading) return;
  if (state === "live" && connection.peek() !== "live") announce("reset", undefined, false);
  connection.value = state as Connection;
}

/** Shows the state of the connection here and in the tabs that this one reads for. */
function show(state: Connection): void {
  if (connection.peek() === state) return;
  connection.value = state;
  tell({ state });
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
  const ended = abort.signal;
  void whenReader(ended, async () => {
    reading = true;
    await run(ended).finally(() => {
      reading = false;
    });
  });
}

async function run(ended: AbortSignal): Promise<void> {
  while (!ended.aborted) {
    try {
      await readOnce(ended);
      show("lost");
    } catch (error) {
      if (ended.aborted) return;
      if (needsControlToken(error) && (await obtainControlToken())) continue;
      if (needsControlToken(error)) return;
      refuse(error);
    }
    if (ended.aborted) return;
    await delay(BACK_OFF[Math.min(failures++, BACK_OFF.length - 1)] ?? 8000, ended);
  }
}

function refuse(error: unknown): void {
  const refused = error instanceof ApiError && error.status === 503;
  show(refused ? "polling" : "lost");
  if (refused) announce("reset", undefined, false);
}

/** Reads the stream until it ends. */
async function readOnce(ended: AbortSignal): Promise<void> {
  const headers: Record<string, string> = { ...controlHeaders(), accept: "text/event-stream" };
  if (lastId !== null) headers["last-event-id"] = lastId;
  const url = `${controlBase}/stream`;
  const response = await fetch(url, { headers, signal: ended, cache: "no-store", credentials: "omit" });
  if (!response.ok || !response.body) throw await refusal(response, url);
  failures = 0;
  show("live");
  // The stream cannot resume without an id: what changed since the page loaded its data has no event.
  if (lastId === null) announce("reset", undefined, false);
  for await (const event of readEvents(response.body)) {
    tell({ event });
    receive(event);
  }
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
  const detail = JSON.parse(event.data) as { name?: string; change?: string; jobs?: Record<string, number> };
  const noJobs = event.type === "counts" && !Object.keys(detail.jobs ?? {}).length;
  for (const topic of TOPICS[event.type] ?? []) {
    if (topic !== "jobs" || !noJobs) announce(topic, { kind: event.type, ...detail }, false);
  }
  const replaced = detail.change === "reset" || detail.change === "restored";
  if (event.type === "workspace" && replaced && detail.name === workspace) announce("reset");
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
