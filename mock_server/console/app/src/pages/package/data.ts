/** What the page of a package loads, by the public API except for what only the mock knows. */

import { useEffect, useRef } from "preact/hooks";
import { control } from "../../data/control";
import { jobs } from "../../data/live";
import { platform } from "../../data/platform";
import { useResource, type Resource } from "../../data/resource";
import { session } from "../../data/session";
import type { Control, Platform } from "../../data/types";
import type { DayValues } from "../../parts/charts";

/** The settings of an evaluation. */
export type Settings = Platform["EvaluationSettings"];

/** The resources of the page. */
export interface PackageData {
  id: string;
  detail: Resource<Platform["PackageDetail"]>;
  settings: Resource<Settings>;
  results: Resource<Platform["ClusterEvaluation"][]>;
  /** Which settings the results belong to, and when the evaluation of newer ones is due: no client can read this. */
  state: Resource<Control["PackageState"] | null>;
}

/**
 * Loads a package. Its results are loaded again by polling, and when the mock says that they are of another evaluation;
 * its settings when the mock says that another client has saved some.
 */
export function usePackage(id: string): PackageData {
  const at = { path: { package_id: id } };
  const data: PackageData = {
    id,
    detail: useResource(`package/${id}`, {
      load: (abort) => platform.get("/package_builder/packages/{package_id}", at, abort),
      on: ["jobs"],
    }),
    settings: useResource(`package/${id}/settings`, {
      load: (abort) => platform.get("/package_builder/packages/{package_id}/backhaul_evaluation_details", at, abort),
    }),
    results: useResource(`package/${id}/results`, {
      load: (abort) => platform.get("/package_builder/packages/{package_id}/backhaul_evaluation", at, abort),
    }),
    state: useResource(`package/${id}/state`, {
      load: async (abort) => {
        const partner_id = session.peek()?.partner ?? null;
        const all = await control.get("/packages", { query: partner_id ? { partner_id } : {} }, abort);
        return all.find((each) => each.id === id) ?? null;
      },
      on: ["jobs", "clock"],
    }),
  };
  const state = data.state.value;
  // A client, which cannot see these changes, has to poll.
  useReread(data.results, state && `${id} ${state.evaluated_at} ${state.result_revision}`);
  useReread(data.settings, state && `${id} ${state.revision}`);
  return data;
}

/** Reads a resource again when what the mock says of its version changes. */
function useReread(resource: Resource<unknown>, version: string | null | undefined): void {
  const seen = useRef<string | null>(null);
  useEffect(() => {
    if (!version) return;
    if (seen.current !== null && seen.current !== version) void resource.refresh();
    seen.current = version;
  }, [version, resource]);
}

/** The last evaluation of the saved settings, if a fault gave it this state. */
export function evaluationIn(outcome: "failed" | "delayed", state: Control["PackageState"]): Control["Job"] | null {
  const ofThese = (job: Control["Job"]): boolean =>
    job.kind === "evaluation" && job.subject === state.id && job.generation === state.revision && job.state === outcome;
  return (state.result_revision === state.revision ? null : jobs.value?.findLast(ofThese)) ?? null;
}

/** How many of the package's events the picture of the window adds up. */
export const MAX_EVENTS = 8;

/** The purchases of the package's events by day, whoever bought. */
export function useDays(id: string, events: string[]): Resource<DayValues[]> {
  const shown = events.slice(0, MAX_EVENTS);
  return useResource(`package/${id}/days/${shown.join()}`, {
    load: async (abort) => {
      const read = (event: string) => platform.get("/daily_revenue_summary/", { query: { event_id: event } }, abort);
      const sums = new Map<string, number>();
      for (const summary of await Promise.all(shown.map(read))) {
        for (const day of summary.daily) sums.set(day.date, (sums.get(day.date) ?? 0) + day.purchases);
      }
      return [...sums].sort().map(([date, purchases]) => ({ date, values: { purchases } }));
    },
    on: ["jobs"],
  });
}
