/** A copy of the workspace from before something is lost, to go back to. */

import { signal } from "@preact/signals";
import { controlBase } from "./base";
import { controlHeaders, sendToControl } from "./control";
import { announce } from "./topics";

/** A kept copy: what was done after it, at which time of the workspace. */
export interface Kept {
  id: number;
  before: string;
  at: string;
  snapshot: unknown;
}

const MAX_KEPT = 3;
let next = 1;

/** The latest copies of this tab, newest first. */
export const kept = signal<Kept[]>([]);

const request = (method: string) => ({ method, url: `${controlBase}/snapshot`, headers: controlHeaders() });

/** Keeps a copy of the workspace's state in this tab. */
export async function keepCopy(before: string): Promise<Kept> {
  const { data } = await sendToControl(request("GET"));
  const at = (data as { clock: { now: string } }).clock.now;
  const copy = { id: next++, before, at, snapshot: data };
  kept.value = [copy, ...kept.value].slice(0, MAX_KEPT);
  return copy;
}

/** Restores a kept copy. */
export async function goBackTo(copy: Kept): Promise<void> {
  await sendToControl({ ...request("PUT"), body: copy.snapshot });
  announce("reset");
}
