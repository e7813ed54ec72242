/** Fault rules: the form's texts as a rule, and a rule in words. */

import type { Control } from "../../data/types";
import { count, instant, number } from "../../format";

type Rule = Control["FaultRuleRequest"];
type Match = Control["FaultMatch"];
type Effect = Control["FaultEffect"];

/** What a rule does. */
export type EffectKind = "status" | "latency" | "reset" | "truncate" | "drip" | "malformed" | "token" | "evaluation" | "build" | "attribution_run";

/** The effects, as the form offers them. */
export const EFFECTS: [EffectKind, string][] = [
  ["status", "Answer with an error status"],
  ["latency", "Delay the response"],
  ["reset", "Close the connection without a response"],
  ["truncate", "Cut the response body off"],
  ["drip", "Send the response body slowly"],
  ["malformed", "Send a body that is not valid JSON"],
  ["token", "Revoke the access token"],
  ["evaluation", "Evaluation job: fail or delay"],
  ["build", "Package build job: fail or delay"],
  ["attribution_run", "Attribution run: miss or repeat"],
];

const JOBS: EffectKind[] = ["evaluation", "build", "attribution_run"];

/** Says whether an effect concerns jobs, which have no method, path or operation. */
export const isJobEffect = (kind: EffectKind): boolean => JOBS.includes(kind);

/** The statuses that a rule can answer with. */
export const STATUSES = [503, 500, 502, 504, 429, 400, 401, 403, 404, 409, 413, 415].map(String);

/** The texts of the form. */
export interface Draft {
  effect: EffectKind;
  status: string;
  shape: "fixed" | "uniform" | "lognormal";
  fixed: string;
  min: string;
  max: string;
  median: string;
  sigma: string;
  after: string;
  bytes: string;
  milliseconds: string;
  job: "fails" | "extra_seconds";
  extra_seconds: string;
  run: "missed" | "twice";
  operation: string;
  method: string;
  path: string;
  partner: string;
  nth: string;
  share: string;
  times: string;
  until: string;
  id: string;
}

/** The form before anything is entered. */
export const EMPTY: Draft = {
  effect: "status", status: "503", shape: "fixed", fixed: "500", min: "100", max: "400", median: "200", sigma: "0.5",
  after: "20", bytes: "16", milliseconds: "100", job: "fails", extra_seconds: "60", run: "missed",
  operation: "", method: "", path: "", partner: "", nth: "", share: "", times: "", until: "", id: "",
};

/** Rules to begin with. */
export const RECIPES: [string, Partial<Draft>][] = [
  ["Second call fails with 503", { effect: "status", status: "503", nth: "2", times: "1" }],
  ["Slow and uneven", { effect: "latency", shape: "uniform" }],
  ["One in ten resets", { effect: "reset", share: "10" }],
  ["Evaluation fails", { effect: "evaluation", job: "fails", times: "1" }],
  ["Run is missed", { effect: "attribution_run", run: "missed", times: "1" }],
];

/** A number, or the text as it is, which the server then refuses in its own words. */
function toNumber(text: string): number {
  const value = Number(text.trim());
  return text.trim() && Number.isFinite(value) ? value : (text as unknown as number);
}

const given = (text: string): boolean => text.trim() !== "";

/** The rule that the form describes. */
export function toRule(draft: Draft): Rule {
  const match: Match = {};
  if (!isJobEffect(draft.effect)) {
    if (given(draft.operation)) match.operation = draft.operation.trim();
    if (given(draft.method)) match.method = draft.method as Match["method"];
    if (given(draft.path)) match.path = draft.path.trim();
  }
  if (given(draft.partner) && draft.effect !== "attribution_run") match.partner = draft.partner;
  if (given(draft.nth)) match.nth = toNumbers(draft.nth) as Match["nth"];
  if (given(draft.share)) {
    const share = toNumber(draft.share);
    match.fraction = typeof share === "number" ? share / 100 : share;
  }
  const rule: Rule = { match, effect: toEffect(draft) };
  if (given(draft.id)) rule.id = draft.id.trim();
  if (given(draft.times)) rule.times = toNumber(draft.times);
  if (given(draft.until)) rule.until = /[zZ]|[+-]\d\d:\d\d$/.test(draft.until) ? draft.until : `${draft.until.trim().replace(" ", "T")}Z`;
  return rule;
}

/** Says whether a rule that is used up counts requests of any operation. */
export function countsAnyOperation({ match = {}, effect, times }: Rule): boolean {
  const isWide = !match.operation && !match.path && !match.method && !match.partner;
  return isWide && !JOBS.some((kind) => kind in effect) && (match.nth !== undefined || times !== undefined);
}

function toNumbers(text: string): number | number[] {
  const numbers = text.split(/[\s,]+/).filter(Boolean).map(toNumber);
  return numbers.length === 1 ? numbers[0]! : numbers;
}

function toEffect(draft: Draft): Effect {
  const { effect } = draft;
  if (effect === "status") return { status: toNumber(draft.status) as Control["FaultStatus"] };
  if (effect === "latency") return { latency: toLatency(draft) };
  if (effect === "truncate") return { truncate: { after: toNumber(draft.after) } };
  if (effect === "drip") return { drip: { bytes: toNumber(draft.bytes), milliseconds: toNumber(draft.milliseconds) } };
  if (effect === "reset" || effect === "malformed") return { [effect]: true };
  if (effect === "token") return { token: "revoked" };
  if (effect === "attribution_run") return { attribution_run: draft.run };
  const job = draft.job === "fails" ? { fails: true } : { extra_seconds: toNumber(draft.extra_seconds) };
  return { [effect]: job };
}

function toLatency({ shape, fixed, min, max, median, sigma }: Draft): Control["Latency"] {
  if (shape === "uniform") return { uniform: { min: toNumber(min), max: toNumber(max) } };
  if (shape === "lognormal") return { lognormal: { median: toNumber(median), sigma: toNumber(sigma) } };
  return { fixed: toNumber(fixed) };
}

/** What a rule as a whole says of itself, as far as the words depend on it. */
interface Described {
  match?: Match;
  effect: Effect;
  times?: number | null;
  until?: string | null;
  expired?: boolean;
}

/** Whether a rule applies to the one case that comes next, and not to some of all cases. */
const isForNext = ({ match = {}, times }: Described): boolean => times === 1 && match.nth === undefined && match.fraction === undefined;

/** What a rule applies to, in words: `the 2nd request of listPackages`, `the next evaluation`. */
export function describeMatch(rule: Described): string {
  const { match = {}, effect } = rule;
  const { operation, method, path, partner } = match;
  const nth = [match.nth ?? []].flat();
  const thing = nounOf(effect);
  const of = [operation, method && path ? `${method} ${path}` : method || path].filter(Boolean).join(", ");
  const which = nth.length ? `the ${nth.map(ordinal).join(", ")} ${thing}` : `${every(rule)} ${thing}`;
  return [which, of && `of ${of}`, partner && `for ${partner}`].filter(Boolean).join(" ");
}

function every(rule: Described): string {
  if (!isForNext(rule)) return "every";
  return rule.expired ? "one" : "the next";
}

function nounOf(effect: Effect): string {
  if (effect.evaluation) return "evaluation";
  if (effect.build) return "package build";
  return effect.attribution_run ? "attribution run" : "request";
}

function ordinal(value: number): string {
  const tens = value % 100;
  const ending = tens >= 11 && tens <= 13 ? "th" : (["th", "st", "nd", "rd"][value % 10] ?? "th");
  return `${value}${ending}`;
}

/** What a rule does, in words: `is answered with 503`. */
export function describeEffect(effect: Effect): string {
  const job = effect.evaluation ?? effect.build;
  if (effect.status) return `is answered with ${effect.status}`;
  if (effect.latency) return `is delayed by ${describeLatency(effect.latency)}`;
  if (effect.reset) return "ends without a response";
  if (effect.truncate) return `is answered with a body that is cut off after ${effect.truncate.after} bytes`;
  if (effect.drip) return `is answered slowly, ${effect.drip.bytes} bytes every ${effect.drip.milliseconds} ms`;
  if (effect.malformed) return "is answered with a body that is not valid JSON";
  if (effect.token) return "revokes its token";
  if (effect.attribution_run) return effect.attribution_run === "missed" ? "is missed" : "runs twice";
  return job?.fails ? "fails" : `takes ${job?.extra_seconds} s longer`;
}

function describeLatency({ fixed, uniform, lognormal }: Control["Latency"]): string {
  if (uniform) return `${uniform.min} to ${uniform.max} ms`;
  return lognormal ? `about ${lognormal.median} ms (sigma ${lognormal.sigma})` : `${fixed} ms`;
}

/** How often and how long a rule applies, in words. */
export function describeEnd(rule: Described): string {
  const { times, until } = rule;
  const fraction = rule.match?.fraction;
  const share = fraction ? `in ${number(fraction * 100)} % of the cases` : "";
  const limit = times && !isForNext(rule) ? (times === 1 ? "once" : `${count(times)} times at most`) : "";
  const end = until ? `until ${Number.isNaN(Date.parse(until)) ? until : instant(until)}` : "";
  return [share, limit, end || (times ? "" : "until it is removed")].filter(Boolean).join(", ");
}
