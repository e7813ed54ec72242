/** The result of a contract run, the rules that it is about, and the comparison of two results. */

import { assetBase } from "../../data/base";
import { send } from "../../data/http";
import type { Tone } from "../../parts/basic";

/** A verdict, from worst to best. */
export const VERDICTS = ["fail", "error", "observation", "blocked", "intermittent", "inconclusive", "known", "pass", "not applicable"] as const;
export type Verdict = (typeof VERDICTS)[number];

/** The verdict on a rule. */
export interface RuleVerdict {
  id: string;
  verdict: Verdict;
  reason: string;
  contracts_decided?: number;
  contracts?: number;
  unchecked_parts?: string[];
}

/** What one contract found. */
export interface Outcome {
  contract: string;
  case: string;
  kind: string;
  rules: string[];
  verdict: Verdict;
  reason: string;
  expected: string;
  seen: string;
  requests: number;
  calls: string[];
  parts?: string[];
  broken_parts?: string[];
}

/** The facts of a run. */
export interface Run {
  target: string;
  profile: string;
  seed?: number;
  strict: boolean;
  documentation?: string;
  suite: string;
  document: string;
  catalogue: string;
  start: string;
  end: string;
  requests?: number;
  run_id: string;
}

/** The result of a run. */
export interface Report {
  exit_code: number;
  ended: string;
  run: Run;
  rules: RuleVerdict[];
  outcomes: Outcome[];
}

/** A rule of the platform. */
export interface Rule {
  id: string;
  level: string;
  area: string;
  documented_in: string;
  parts: { id: string; basis: "stated" | "shown" | "ruled"; claim: string }[];
}

const LABELS: Partial<Record<Verdict, string>> = { fail: "broken", known: "known failure" };
const TONES: Partial<Record<Verdict, Tone>> = { fail: "bad", error: "bad", pass: "ok", "not applicable": "plain" };

/** The word for a verdict; `pass (partial)` if documented parts of the rule were not checked. */
export const labelOf = (verdict: Verdict, partial = false): string => `${LABELS[verdict] ?? verdict}${partial ? " (partial)" : ""}`;

/** What the colour of a verdict means. */
export const toneOf = (verdict: Verdict): Tone => TONES[verdict] ?? "warn";

/** Says whether a rule passes although a documented part of it was not checked. */
export const isPartial = (rule: RuleVerdict): boolean => rule.verdict === "pass" && (rule.unchecked_parts?.length ?? 0) > 0;

/** How many rules have each verdict, the worst first. */
export function countVerdicts(rules: { verdict: Verdict }[]): [Verdict, number][] {
  return VERDICTS.map((verdict): [Verdict, number] => [verdict, rules.filter((rule) => rule.verdict === verdict).length]).filter(([, count]) => count > 0);
}

/** The rules, which are a file of their own because few visitors open one. */
export async function loadRules(abort: AbortSignal): Promise<Map<string, Rule>> {
  const { data } = await send({ method: "GET", url: `${assetBase}/rules.json`, headers: {} }, abort);
  return new Map((data as Rule[]).map((rule) => [rule.id, rule]));
}

/** A rule in two results. */
export interface Change {
  id: string;
  old: RuleVerdict | undefined;
  new: RuleVerdict | undefined;
}

const isBroken = (rule: RuleVerdict | undefined): boolean => rule?.verdict === "fail" || rule?.verdict === "known";
const isChecked = (rule: RuleVerdict | undefined): boolean =>
  rule !== undefined && ["fail", "known", "pass", "observation", "intermittent"].includes(rule.verdict);

const SECTIONS: [title: string, belongs: (change: Change) => boolean][] = [
  ["Newly broken", (change) => isBroken(change.new) && !isBroken(change.old)],
  ["Fixed", (change) => isBroken(change.old) && change.new?.verdict === "pass"],
  ["Still broken", (change) => isBroken(change.old) && isBroken(change.new)],
  ["New observations", (change) => change.new?.verdict === "observation" && change.old?.verdict !== "observation"],
  ["Observations that are gone", (change) => change.old?.verdict === "observation" && change.new?.verdict === "pass"],
  ["Checked only before", (change) => isChecked(change.old) && !isChecked(change.new)],
  ["Checked only now", (change) => !isChecked(change.old) && isChecked(change.new) && !isBroken(change.new)],
];

/** What changed between two results: the first three sections always, the others if they have rules. */
export function compare(old: Report, next: Report): [title: string, changes: Change[]][] {
  const [before, after] = [old, next].map((report) => new Map(report.rules.map((rule) => [rule.id, rule])));
  const ids = [...new Set([...before!.keys(), ...after!.keys()])].sort();
  const changes = ids.map((id): Change => ({ id, old: before!.get(id), new: after!.get(id) }));
  return SECTIONS.map(([title, belongs]): [string, Change[]] => [title, changes.filter(belongs)]).filter(
    ([, found], index) => index < 3 || found.length > 0,
  );
}

const FACTS: [keyof Run, string][] = [
  ["profile", "profiles"],
  ["seed", "seeds"],
  ["strict", "settings of --strict"],
  ["documentation", "generations of the documentation"],
  ["document", "versions of openapi.yaml"],
  ["catalogue", "versions of the rules"],
  ["suite", "versions of the suite"],
];

/** The facts that differ between two runs, so that some verdicts may differ. */
export const differingFacts = (old: Run, next: Run): string[] => FACTS.filter(([fact]) => old[fact] !== next[fact]).map(([, name]) => name);

/** Two texts in three parts each: what they begin with alike, where they differ, and what they end with alike. */
export function splitDifference(expected: string, seen: string): [before: string, expected: string, seen: string, after: string] {
  const shorter = Math.min(expected.length, seen.length);
  let start = 0;
  while (start < shorter && expected[start] === seen[start]) start++;
  let end = 0;
  while (end < shorter - start && expected.at(-1 - end) === seen.at(-1 - end)) end++;
  return [expected.slice(0, start), expected.slice(start, expected.length - end), seen.slice(start, seen.length - end), expected.slice(expected.length - end)];
}
