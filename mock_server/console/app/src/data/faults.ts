/** The fault rules of the workspace, and those that may have changed the course of a job. */

import { control } from "./control";
import { Resource } from "./resource";
import type { Control } from "./types";

type Job = Control["Job"];
type Rule = Control["FaultRule"];

/** The rules: the rail counts them, and other pages name them as causes. */
export const faults = new Resource<Control["Faults"]>("faults/rules", {
  load: (abort) => control.get("/faults", {}, abort),
  on: ["faults", "jobs"],
});

/** The rules that were applied to jobs of this kind with this outcome. The control API does not say which one it was. */
export function rulesBehind(job: Job): Rule[] {
  return (faults.value?.rules ?? []).filter((rule) => rule.applied > 0 && causes(rule, job));
}

function causes({ effect }: Rule, { kind, state }: Job): boolean {
  if (kind === "attribution_run") return effect.attribution_run === state;
  const change = kind === "evaluation" ? effect.evaluation : effect.build;
  return state === "failed" ? Boolean(change?.fails) : state === "delayed" && Boolean(change?.extra_seconds);
}
