/** The revenue of an event's last 30 days as a line and a sum. */

import type { JSX } from "preact";
import { limited } from "../../data/limited";
import { now } from "../../data/live";
import { platform } from "../../data/platform";
import { useResource } from "../../data/resource";
import { addDays, date, money } from "../../format";
import { Sparkline } from "../../parts/charts";
import { explain } from "../../parts/explain/links";

const DAYS = 30;

/** The line; it is loaded when the clock is known. */
export function LastDays(props: { id: string }): JSX.Element | null {
  return now.value === null ? null : <Days id={props.id} today={date(now.value)} />;
}

function Days(props: { id: string; today: string }): JSX.Element | null {
  const { id, today } = props;
  const first = addDays(today, 1 - DAYS);
  const query = { event_id: id, start_date: first, end_date: today };
  const found = useResource(`spark/${id}/${today}`, {
    load: (abort) => limited(() => platform.get("/daily_revenue_summary/", { query }, abort)),
    on: ["clock", "writes"],
  });
  const { value, error } = found.state.value;
  if (!value) return <span class="dim">{error?.message ?? ""}</span>;
  const revenue = new Map(value.daily.map((day) => [day.date, day.revenue]));
  const values = Array.from({ length: DAYS }, (_, index) => revenue.get(addDays(first, index)) ?? 0);
  const sum = money(values.reduce((total, each) => total + each, 0), value.currency, true);
  return (
    <span class="last-days">
      <Sparkline values={values} width={120} label={`Revenue by day from ${first} to ${today}, ${sum} in all`} />
      <a class="ask mono" href={explain("daily", id, { date: first, until: today })}>
        {sum}
      </a>
    </span>
  );
}
