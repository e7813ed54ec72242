/** Moves of the clock, and what the last one fired. */

import { signal } from "@preact/signals";
import { control } from "./data/control";
import { nextJob, now, showTime } from "./data/live";
import { announce } from "./data/topics";
import type { ApiRequest } from "./data/http";
import type { Control } from "./data/types";
import { toast } from "./parts/Toast";

/** What a move fired. */
export interface Move {
  now: string;
  fired: Control["Job"][];
}

/** The last move and its request, for five seconds after it. */
export const lastMove = signal<(Move & { request: () => ApiRequest }) | null>(null);

const SHOWN_MS = 5000;
let timer: number | undefined;

/** Runs a move, shows what fired, and lets every part of the page load what changed. */
export async function move(run: () => Promise<Move>, request: () => ApiRequest): Promise<Move | null> {
  try {
    const moved = await run();
    lastMove.value = { ...moved, request };
    showTime(moved.now);
    window.clearTimeout(timer);
    timer = window.setTimeout(() => (lastMove.value = null), SHOWN_MS);
    announce("clock");
    announce("jobs", moved.fired);
    return moved;
  } catch (error) {
    toast(error instanceof Error ? error.message : String(error), "bad");
    return null;
  }
}

/** A duration, as the control API takes it. */
export type Duration = NonNullable<Control["DurationRequest"]>;

/** Advances the clock by a duration. */
export const advance = (by: Duration): Promise<Move | null> =>
  move(
    () => control.post("/clock/advance", { body: by }),
    () => control.describe("post", "/clock/advance", { body: by }),
  );

/** Advances the clock to the next due job. */
export const advanceToNext = (): Promise<Move | null> =>
  move(
    () => control.post("/clock/next"),
    () => control.describe("post", "/clock/next"),
  );

/** Advances the clock until only attribution runs and expiries are pending. */
export const runUntilIdle = (): Promise<Move | null> =>
  move(
    () => control.post("/clock/run-until-idle"),
    () => control.describe("post", "/clock/run-until-idle"),
  );

/** Advances the clock to an instant, at most the seconds until it. */
export function advanceTo(instant: string): Promise<Move | null> {
  const from = now.value ?? Date.parse(instant);
  return advance({ seconds: Math.max(0, Math.ceil((Date.parse(instant) - from) / 1000)) });
}

/** Whether a job is pending, to which the clock can be advanced. */
export const hasNext = (): boolean => nextJob.value !== null;
