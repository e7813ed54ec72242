/** Everything that has a place on the time line, in one list. */

import type { Control } from "../../data/types";

/** The lanes of the time line, from top to bottom. */
export const LANES = ["requests", "jobs", "runs", "expiries", "checkpoints"] as const;

export type Lane = (typeof LANES)[number];

/** The names of the lanes. */
export const LANE_TITLES: Record<Lane, string> = {
  requests: "Requests",
  jobs: "Jobs",
  runs: "Attribution runs",
  expiries: "Expiries",
  checkpoints: "Checkpoints",
};

/** What one entry of a lane is called. */
export const KIND_TITLES: Record<Lane, string> = {
  requests: "request",
  jobs: "job",
  runs: "run",
  expiries: "expiry",
  checkpoints: "checkpoint",
};

interface Placed {
  key: string;
  at: number;
  lane: Lane;
  /** The place in the order of time. */
  order?: number;
}

/** Something that happened or is due. */
export type Item = Placed &
  (
    | { kind: "request"; entry: Control["JournalEntry"] }
    | { kind: "job"; job: Control["Job"] }
    | { kind: "checkpoint"; checkpoint: Control["Checkpoint"] }
    | { kind: "kept"; kept: Control["NamedCheckpoint"] }
  );

const JOB_LANES: Partial<Record<Control["JobKind"], Lane>> = {
  attribution_run: "runs",
  package_expiry: "expiries",
};

/** Puts requests, jobs and checkpoints in the order of their times. */
export function collect(
  entries: Control["JournalEntry"][],
  jobs: Control["Job"][],
  checkpoints: Control["Checkpoint"][],
  kept: Control["NamedCheckpoint"][],
): Item[] {
  const items: Item[] = [
    ...entries.map((entry): Item => ({ key: `r${entry.number}`, at: Date.parse(entry.at), lane: "requests", kind: "request", entry })),
    ...jobs.map((job, index): Item => ({
      key: `j${index}`,
      at: Date.parse(job.due),
      lane: JOB_LANES[job.kind] ?? "jobs",
      kind: "job",
      job,
    })),
    ...checkpoints.map((checkpoint, index): Item => ({
      key: `c${index}`,
      at: Date.parse(checkpoint.at),
      lane: "checkpoints",
      kind: "checkpoint",
      checkpoint,
    })),
    ...kept.map((each): Item => ({ key: `k${each.id}`, at: Date.parse(each.at), lane: "checkpoints", kind: "kept", kept: each })),
  ];
  items.sort((left, right) => left.at - right.at || rank(left) - rank(right));
  return items.map((item, index) => ({ ...item, order: index }));
}

/**
 * The order of what has one instant, which the clock shows in whole seconds: what starts the workspace, the jobs that
 * ran then, requests by their numbers, the checkpoint before the clock leaves the instant, and what is still pending.
 */
function rank(item: Item): number {
  if (item.kind === "request") return 2;
  if (item.kind === "job") return isPending(item) ? 5 : 1;
  if (item.kind === "kept") return 4;
  return item.checkpoint.reason === "clock_move" ? 3 : 0;
}

/** Whether something is still to come. */
export function isPending(item: Item): boolean {
  return item.kind === "job" && item.job.state === "pending";
}
