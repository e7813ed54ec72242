/** Checkpoints that the server keeps before something is lost, to go back to; they outlive this page. */

import { control } from "./control";
import { announce } from "./topics";
import type { Control } from "./types";

/** A kept state: what it was kept before, and at which time of the workspace. */
export type Kept = Control["NamedCheckpoint"];

const MAX_TITLE = 180;

/** Keeps the state of the workspace on the server, under the name of the action that comes next. */
export function keepState(action: string): Promise<Kept> {
  const title = [...action.replace(/\?$/, "")].slice(0, MAX_TITLE).join("");
  return control.post("/points/named", { body: { name: `before “${title}”` } });
}

/** Returns to a kept state. */
export async function goBackTo(kept: Kept): Promise<void> {
  await control.post("/points/named/{checkpoint_id}/restore", { path: { checkpoint_id: String(kept.id) } });
  announce("reset");
}
