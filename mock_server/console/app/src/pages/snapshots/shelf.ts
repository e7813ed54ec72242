/** Snapshots that this tab holds, taken here or read from a file, and what one of them contains. */

import { signal } from "@preact/signals";
import { control } from "../../data/control";
import { instant, plural } from "../../format";

/** A snapshot in this tab. */
export interface Held {
  id: number;
  label: string;
  at: string;
  size: number;
  snapshot: Snapshot;
}

/** The members of a snapshot that a summary reads. */
export interface Snapshot {
  version: number;
  world: { seed: number; created_at: string; source: string; digest: string };
  clock: { now: string; mode: string; speed: number };
  documentation?: string;
  quirks?: Record<string, boolean>;
  faults: { rules: unknown[] };
  limits: { per_minute: { reads: number; writes: number; sign_ins: number } | null };
  jobs: { pending: { kind: string; due: string }[] };
  records: Record<string, unknown>;
}

/** The snapshots, newest first. */
export const shelf = signal<Held[]>([]);

const MAX_HELD = 5;

function hold(label: string, snapshot: Snapshot, size: number): Held {
  const id = Math.max(0, ...shelf.value.map((each) => each.id)) + 1;
  const held = { id, label, at: snapshot.clock.now, size, snapshot };
  shelf.value = [held, ...shelf.value].slice(0, MAX_HELD);
  return held;
}

/** Takes a snapshot of the workspace. */
export async function take(): Promise<Held> {
  const snapshot = (await control.get("/snapshot")) as unknown as Snapshot;
  return hold("taken here", snapshot, JSON.stringify(snapshot).length);
}

/** Reads a snapshot from a file; throws an Error in plain words if it is none. */
export async function readFile(file: File): Promise<Held> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(await file.text());
  } catch {
    throw new Error(`${file.name} is not JSON.`);
  }
  const snapshot = parsed as Partial<Snapshot> & { format?: string };
  if (snapshot?.format !== "wavetank-snapshot" || !snapshot.clock || !snapshot.records) {
    throw new Error(`${file.name} is not a snapshot of a workspace.`);
  }
  return hold(file.name, snapshot as Snapshot, file.size);
}

/** Removes a snapshot from this tab. */
export function drop(id: number): void {
  shelf.value = shelf.value.filter((each) => each.id !== id);
}

/** What a snapshot contains: a label and a value for each line. */
export function summarize(snapshot: Snapshot): [string, string][] {
  const { world, clock, jobs, faults, limits, records } = snapshot;
  const quirks = Object.entries(snapshot.quirks ?? {}).flatMap(([name, on]) => (on ? [name] : []));
  const rates = limits.per_minute;
  return [
    ["World", `${world.source}, seed ${world.seed}`],
    ["Started at", instant(world.created_at)],
    ["Clock", `${instant(clock.now)}, ${clock.mode}, speed ${clock.speed}`],
    ["Documents", [snapshot.documentation ?? "older", ...quirks].join(", ")],
    ["Fault rules", String(faults.rules.length)],
    ["Rate limits", rates ? `${rates.reads} reads, ${rates.writes} writes, ${rates.sign_ins} sign-ins a minute` : "none"],
    ["Jobs", describeJobs(jobs.pending)],
    ...Object.entries(records).flatMap(([kind, value]) => describeRecords(kind, value)),
  ];
}

function describeJobs(pending: { kind: string; due: string }[]): string {
  const next = pending.map((job) => job.due).sort()[0];
  return next ? `${plural(pending.length, "pending job")}, the next at ${instant(next)}` : "none pending";
}

const DIFFERENCES = new Set(["users", "customers"]);

function describeRecords(kind: string, value: unknown): [string, string][] {
  if (!Array.isArray(value)) return [];
  const name = `${kind[0]?.toUpperCase()}${kind.slice(1)}`;
  if (kind === "sales") {
    const changes = value as { added: unknown[]; dropped: unknown[] }[];
    const sum = (key: "added" | "dropped"): number => changes.reduce((total, each) => total + each[key].length, 0);
    return [["Purchases", `${sum("added")} added, ${sum("dropped")} removed`]];
  }
  return [[name, DIFFERENCES.has(kind) ? `${value.length} changed` : String(value.length)]];
}
