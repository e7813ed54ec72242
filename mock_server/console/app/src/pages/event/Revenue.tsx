/** The daily revenue: stacked by source, with the adjustments as diamonds above. */

import type { JSX } from "preact";
import { platform } from "../../data/platform";
import type { Resource } from "../../data/resource";
import type { Platform } from "../../data/types";
import { compactMoney, count, money, percent, plural } from "../../format";
import { AsCurl, Card, Empty, Kpi, Kpis } from "../../parts/basic";
import { Brush, type Range } from "../../parts/Brush";
import { BarsCard, fillDays, type Marker } from "../../parts/charts";
import { explain } from "../../parts/explain/links";
import { DateField, Segmented } from "../../parts/Form";
import { Load } from "../../parts/Load";
import { parameter, setParameters } from "../../router";
import { chooseRange, chosenRange, daysWithin, formatMeasure, lastDays, SOURCES, wholeRange, type Measure, type Summary } from "./data";
import { hoveredDay } from "./hover";

interface RevenueProps {
  event: Platform["Event"];
  summary: Resource<Summary>;
  measure: Measure;
}

/** The card. */
export function Revenue(props: RevenueProps): JSX.Element {
  const { summary, event } = props;
  const found = summary.value;
  const range = found ? chosenRange(found) : null;
  if (found && range) return <Chart {...props} found={found} range={range} />;
  return (
    <Card title="Daily revenue" span={8}>
      <Load of={summary} lines={8}>
        {() => <Empty action={<a href="#/partner">Bring in sales</a>}>There are no sales of {event.id} yet.</Empty>}
      </Load>
    </Card>
  );
}

function Chart(props: RevenueProps & { found: Summary; range: Range }): JSX.Element {
  const { event, found, range, measure, summary } = props;
  const [first, last] = range;
  const inRange = daysWithin(found, range);
  const values = inRange.map((day) => ({
    date: day.date,
    values: Object.fromEntries(SOURCES.map(({ key }) => [key, day[key][measure]])),
  }));
  const error = summary.state.value.error;
  return (
    <BarsCard
      title={measure === "revenue" ? "Daily revenue" : "Daily purchases"}
      span={8}
      label={`${measure === "revenue" ? "Revenue" : "Purchases"} of ${event.title} by day and source, ${first} to ${last}`}
      aside={<AsCurl request={() => describeRange(event.id, range)} what="the daily revenue" />}
      days={fillDays(values, first, last)}
      layers={SOURCES}
      markers={markers(found, range)}
      format={formatMeasure(measure, found.currency)}
      formatTick={measure === "revenue" ? (value) => compactMoney(value, found.currency) : count}
      height={300}
      hrefOf={(date) => explain("daily", event.id, { date })}
      day={parameter("day")}
      onDay={(day) => (hoveredDay.value = day)}
      above={
        <>
          {error ? <Load of={summary}>{() => null}</Load> : null}
          <RangeBar found={found} range={range} measure={measure} />
          <Sums event={event} found={found} range={range} />
        </>
      }
      below={<Brush days={overview(found, measure)} range={range} onRange={chooseRange} />}
    />
  );
}

const describeRange = (id: string, [first, last]: Range) =>
  platform.describe("get", "/daily_revenue_summary/", { query: { event_id: id, start_date: first, end_date: last } });

function overview(found: Summary, measure: Measure): { date: string; total: number }[] {
  const whole = wholeRange(found);
  if (!whole) return [];
  const days = found.daily.map((day) => ({ date: day.date, values: { total: day[measure] } }));
  return fillDays(days, ...whole).map((day) => ({ date: day.date, total: Math.max(0, day.values["total"] ?? 0) }));
}

function markers(found: Summary, [first, last]: Range): Marker[] {
  const byDay = new Map<string, Platform["CampaignResult"][]>();
  for (const row of found.manual_adjustments) {
    const day = row.created_at.slice(0, 10);
    if (day >= first && day <= last) byDay.set(day, [...(byDay.get(day) ?? []), row]);
  }
  return [...byDay].map(([date, rows]) => {
    const texts = rows.map((row) => `${row.id}, ${row.source}: ${count(row.purchase)} for ${money(row.revenue, found.currency)}`);
    const row = rows.length === 1 ? rows[0]?.id : undefined;
    const href = explain("event", rows[0]?.eid ?? "", row ? { row } : {});
    return { date, title: `${date}: ${texts.join("; ")}`, href };
  });
}

const PRESETS = [14, 30, 90] as const;

function RangeBar(props: { found: Summary; range: Range; measure: Measure }): JSX.Element {
  const whole = wholeRange(props.found) ?? props.range;
  const [first, last] = props.range;
  const ranges = new Map<string, Range>(PRESETS.map((days) => [`${days} d`, lastDays(whole, days)]));
  ranges.set("All", whole);
  const chosen = [...ranges].find(([, range]) => range[0] === first && range[1] === last)?.[0] ?? "";
  return (
    <div class="toolbar">
      <Segmented
        label="Measure"
        value={props.measure}
        options={[
          ["revenue", "Revenue"],
          ["purchases", "Purchases"],
        ]}
        onInput={(measure) => setParameters({ measure: measure === "revenue" ? null : measure })}
      />
      <Segmented label="Range" value={chosen} options={[...ranges.keys()]} onInput={(name) => chooseRange(ranges.get(name) ?? whole)} />
      <span class="range-fields">
        <DateField label="From" quiet value={first} onInput={(day) => chooseRange(day <= last ? [day, last] : [last, day])} />
        <DateField label="To" quiet value={last} onInput={(day) => chooseRange(day >= first ? [first, day] : [day, first])} />
      </span>
    </div>
  );
}

function Sums(props: { event: Platform["Event"]; found: Summary; range: Range }): JSX.Element {
  const { event, found, range } = props;
  const days = daysWithin(found, range);
  const total = days.reduce((sum, day) => sum + day.revenue, 0);
  const purchases = days.reduce((sum, day) => sum + day.purchases, 0);
  const href = explain("daily", event.id, { date: range[0], until: range[1] });
  return (
    <Kpis>
      <Kpi value={money(total, found.currency, true)} label={`${plural(purchases, "purchase")}`} href={href} />
      {SOURCES.map(({ key, title }) => {
        const revenue = days.reduce((sum, day) => sum + day[key].revenue, 0);
        const share = total > 0 ? `, ${percent(revenue / total)}` : "";
        return <Kpi key={key} value={money(revenue, found.currency, true)} label={`${title.toLowerCase()}${share}`} href={href} />;
      })}
    </Kpis>
  );
}
