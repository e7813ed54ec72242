/** What the parts of the event page share: the daily summary, its range, and the sources that revenue is credited to. */

import { platform } from "../../data/platform";
import { useResource, type Resource } from "../../data/resource";
import type { Platform } from "../../data/types";
import { addDays, count, money } from "../../format";
import type { Range } from "../../parts/Brush";
import { parameter, setParameters } from "../../router";

export type Summary = Platform["DailyRevenueSummary"];
export type Measure = "revenue" | "purchases";
export type Source = "campaign" | "organic" | "external";

/** The sources of revenue in the order of the chart, from below. */
export const SOURCES: { key: Source; title: string; color: Source }[] = [
  { key: "campaign", title: "Campaign", color: "campaign" },
  { key: "organic", title: "Organic", color: "organic" },
  { key: "external", title: "External", color: "external" },
];

/** The attribution models and what each one credits by. */
export const MODELS: Record<Platform["AttributionModel"], string> = {
  FD: "the platform's own attribution",
  META: "Meta's reported conversions",
  EXTERNAL: "the partner's own tracking",
};

/** The summary of all days of an event; a range is chosen in the page. */
export function useSummary(id: string): Resource<Summary> {
  const options = { query: { event_id: id } };
  return useResource(`summary/${id}`, {
    load: (abort) => platform.get("/daily_revenue_summary/", options, abort),
    request: () => platform.describe("get", "/daily_revenue_summary/", options),
    on: ["jobs", "clock", "writes"],
  });
}

/** All days that the summary has something of, in order: the first and the last. */
export function wholeRange(summary: Summary): Range | null {
  const dates = summary.daily.map((day) => day.date);
  for (const row of summary.manual_adjustments) dates.push(row.created_at.slice(0, 10));
  dates.sort();
  const [first, last] = [dates[0], dates.at(-1)];
  return first !== undefined && last !== undefined ? [first, last] : null;
}

const DEFAULT_DAYS = 30;

/** The range that the address names, else the last 30 days. */
export function chosenRange(summary: Summary): Range | null {
  const whole = wholeRange(summary);
  if (!whole) return null;
  const first = parameter("from") ?? lastDays(whole, DEFAULT_DAYS)[0];
  const last = parameter("to") ?? whole[1];
  return first <= last ? [first, last] : [last, first];
}

/** The last days of a range. */
export function lastDays([first, last]: Range, days: number): Range {
  const start = addDays(last, 1 - days);
  return [start > first ? start : first, last];
}

/** Puts the range into the address. */
export function chooseRange(range: Range): void {
  setParameters({ from: range[0], to: range[1] });
}

/** The days of a range that have sales. */
export function daysWithin(summary: Summary, [first, last]: Range): Platform["RevenueDay"][] {
  return summary.daily.filter((day) => day.date >= first && day.date <= last);
}

/** Writes a value of the measure. */
export function formatMeasure(measure: Measure, currency: string, short = false): (value: number) => string {
  return measure === "revenue" ? (value) => money(value, currency, short) : count;
}
