/** The window of the settings on a time line, with the purchases of the package's events. */

import type { JSX } from "preact";
import { now } from "../../data/live";
import type { Platform } from "../../data/types";
import { addDays, date, dayMonth, plural } from "../../format";
import { Card, Empty } from "../../parts/basic";
import { BarsCard, fillDays, type DayValues, type Layer } from "../../parts/charts";
import { Load } from "../../parts/Load";
import { MAX_EVENTS, useDays, type PackageData } from "./data";
import { toDraft, type Draft } from "./SettingsForm";

const LAYERS: Layer[] = [
  { key: "inside", title: "In the window", color: "campaign" },
  { key: "outside", title: "Outside", color: "organic" },
];
const BEFORE = 21;
const AFTER = 7;
const LONGEST = 180;

/** The card: the window moves as the fields of the form change, before anything is saved. */
export function WindowCard(props: { detail: Platform["PackageDetail"]; draft: Draft; data: PackageData }): JSX.Element {
  const { detail, draft, data } = props;
  const days = useDays(
    detail.id,
    detail.events.map((event) => event.id),
  );
  const span = windowOf(detail, draft);
  return (
    <Load of={days}>
      {(value) =>
        span ? (
          <Picture days={value} span={span} sent={Boolean(draft.sent)} events={detail.events.length} remark={remark(draft, data)} />
        ) : (
          <Card title="Window">
            <Empty>No window to draw: enter 1 or more days, and the date as YYYY-MM-DD.</Empty>
          </Card>
        )
      }
    </Load>
  );
}

/** How the picture and the results differ: in the settings that they show, and in the purchases that they count. */
function remark(draft: Draft, data: PackageData): string {
  const others = OTHERS[draft.model];
  return [
    describeSettings(draft, data),
    "The bars are the purchases of the package's events by all buyers. Results count only the package's customers, and only purchases that were known at the evaluation.",
    others ? `${draft.model} also counts purchases ${others}; the bars leave them out.` : "",
  ].join(" ");
}

const OTHERS: Record<string, string> = { EVENT_SERIES: "of other events of the series", ALL_PURCHASES: "of any other event" };

function describeSettings(draft: Draft, data: PackageData): string {
  const [saved, state] = [data.settings.value, data.state.value];
  const shown = state?.result_revision ?? null;
  if (saved && JSON.stringify(toDraft(saved)) !== JSON.stringify(draft)) return "The window is of the settings in the form, which are not saved.";
  if (state?.stale && shown !== null) return `The window is of the saved settings; the results above are still of revision ${shown}.`;
  return "";
}

interface Span {
  start: string;
  end: string;
}

function windowOf(detail: Platform["PackageDetail"], draft: Draft): Span | null {
  const length = Number(draft.window);
  const start = draft.sent || date(detail.created_at);
  if (!Number.isInteger(length) || length < 1 || length > 3660 || !/^\d{4}-\d{2}-\d{2}$/.test(start)) return null;
  return { start, end: addDays(start, length) };
}

function Picture(props: { days: DayValues[]; span: Span; sent: boolean; events: number; remark: string }): JSX.Element {
  const { start, end } = props.span;
  const today = now.value === null ? start : date(now.value);
  const from = addDays(start < today ? start : today, -BEFORE);
  const last = addDays(end > today ? end : today, AFTER);
  const limit = addDays(from, LONGEST);
  const shown = fillDays(
    props.days.filter((day) => day.date >= from && day.date <= limit),
    from,
    last < limit ? last : limit,
  ).map((day) => split(day, props.span));
  const counted = shown.reduce((total, day) => total + (day.values["inside"] ?? 0), 0);
  const first = `${dayMonth(start)}, ${props.sent ? "email sent" : "created"}`;
  const lastDay = `${dayMonth(end)}, not included`;
  return (
    <BarsCard
      title="Window"
      label={`Purchases of the package's events per day. The window runs from ${start} to ${end}, which is not included.`}
      aside={<span class="dim">{plural(counted, "purchase")} of {props.events > MAX_EVENTS ? `the first ${MAX_EVENTS} of the package's events` : "the package's events"} in the window, by all buyers</span>}
      days={shown}
      layers={LAYERS}
      band={{ start, end, title: `Window from ${start} to ${end}, not included`, startTitle: first, endTitle: lastDay }}
      rule={{ date: today, title: "now" }}
      below={<p class="hint">{props.remark}</p>}
    />
  );
}

function split(day: DayValues, span: Span): DayValues {
  const inside = day.date >= span.start && day.date < span.end;
  return { date: day.date, values: { [inside ? "inside" : "outside"]: day.values["purchases"] ?? 0 } };
}
