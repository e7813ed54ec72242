/** Meta's report of the same days: what it says that its ads brought, beside what the model credits to campaigns. */

import type { ComponentChildren, JSX } from "preact";
import { platform } from "../../data/platform";
import { useResource, type Resource } from "../../data/resource";
import type { Platform } from "../../data/types";
import { count, money } from "../../format";
import { AsCurl, Card, Empty, Kpi, Kpis } from "../../parts/basic";
import { explain } from "../../parts/explain/links";
import type { Range } from "../../parts/Brush";
import { Load } from "../../parts/Load";
import { Table } from "../../parts/Table";
import { chosenRange, daysWithin, type Summary } from "./data";

interface MetaProps {
  event: Platform["Event"];
  summary: Resource<Summary>;
}

type MetaDay = Platform["MetaDay"];

/** The card. */
export function Meta(props: MetaProps): JSX.Element {
  const { summary } = props;
  const range = summary.value ? chosenRange(summary.value) : null;
  if (range) return <OfRange {...props} range={range} />;
  return (
    <Card title="Meta's report" span={8}>
      <Load of={summary}>{() => <Empty>Meta reports nothing of this event.</Empty>}</Load>
    </Card>
  );
}

function OfRange(props: MetaProps & { range: Range }): JSX.Element {
  const { event, range } = props;
  const options = { path: { eid: event.id }, query: { start_date: range[0], end_date: range[1] } };
  const report = useResource(`meta/${event.id}/${range.join("/")}`, {
    load: (abort) => platform.get("/integrations/facebook/events/{eid}/fb_insights", options, abort),
    on: ["clock", "writes"],
  });
  const describe = () => platform.describe("get", "/integrations/facebook/events/{eid}/fb_insights", options);
  return (
    <Card title="Meta's report" span={8} aside={<AsCurl request={describe} what="Meta's report" />}>
      <Load of={report} lines={6}>
        {(days) => (days.length ? <Report days={days} {...props} /> : <Empty>Meta reports nothing for these days.</Empty>)}
      </Load>
    </Card>
  );
}

function Report(props: MetaProps & { days: MetaDay[] }): JSX.Element {
  const { days, event, summary } = props;
  const currency = summary.value?.currency ?? "EUR";
  const credited = new Map((summary.value ? inRange(summary.value) : []).map((day) => [day.date, day]));
  const sum = (pick: (day: MetaDay) => number): number => days.reduce((total, day) => total + pick(day), 0);
  const spend = sum((day) => day.spend ?? 0);
  const asked = explain("daily", event.id, { date: days[0]?.date ?? "", until: days.at(-1)?.date ?? "", of: "meta" });
  const askOf = (day: MetaDay): string => explain("daily", event.id, { date: day.date, of: "meta" });
  const value = sum((day) => day.purchase_value);
  return (
    <>
      <Kpis>
        <Kpi value={money(value, currency, true)} label={`${count(sum((day) => day.purchases))} purchases by Meta`} href={asked} />
        <Kpi value={money(spend, currency, true)} label="spend" href={asked} />
        <Kpi value={count(sum((day) => day.clicks ?? 0))} label="clicks" href={asked} />
        <Kpi value={count(sum((day) => day.impressions ?? 0))} label="impressions" href={asked} />
      </Kpis>
      <Table
        label="Meta's report by day"
        tall
        sorted="-date"
        rows={days}
        rowKey={(day) => day.date}
        columns={[
          { key: "date", title: "Day", sort: (day) => day.date, cell: (day) => <time>{day.date}</time> },
          { key: "purchases", title: "Purchases", number: true, sort: (day) => day.purchases, cell: (day) => <Ask to={askOf(day)}>{count(day.purchases)}</Ask> },
          { key: "value", title: "Value", number: true, sort: (day) => day.purchase_value, cell: (day) => <Ask to={askOf(day)}>{money(day.purchase_value, currency)}</Ask> },
          {
            key: "credited",
            title: `Credited by ${summary.value?.attribution_model ?? ""}`,
            number: true,
            sort: (day) => credited.get(day.date)?.campaign.revenue ?? 0,
            cell: (day) => (
              <Ask to={explain("daily", event.id, { date: day.date })}>
                {money(credited.get(day.date)?.campaign.revenue ?? 0, currency)}
              </Ask>
            ),
          },
          { key: "clicks", title: "Clicks", number: true, sort: (day) => day.clicks ?? 0, cell: (day) => <Ask to={askOf(day)}>{count(day.clicks ?? 0)}</Ask> },
          { key: "spend", title: "Spend", number: true, sort: (day) => day.spend ?? 0, cell: (day) => <Ask to={askOf(day)}>{money(day.spend ?? 0, currency)}</Ask> },
        ]}
      />
    </>
  );
}

/** A figure that can be asked. */
function Ask(props: { to: string; children: ComponentChildren }): JSX.Element {
  return (
    <a class="ask" href={props.to}>
      {props.children}
    </a>
  );
}

function inRange(summary: Summary): Platform["RevenueDay"][] {
  const range = chosenRange(summary);
  return range ? daysWithin(summary, range) : [];
}
