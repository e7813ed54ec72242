/** The explanation of an event's revenue on some days. */

import type { JSX } from "preact";
import { control } from "../../data/control";
import { useResource } from "../../data/resource";
import type { Control } from "../../data/types";
import { count, instant, money } from "../../format";
import { route } from "../../router";
import { Load } from "../Load";
import { Table } from "../Table";
import { AsCurl } from "../basic";
import { Cause, shownOf } from "./facts";

/** The purchases of the days, and what each model credits. */
export function DailyBody(props: { id: string }): JSX.Element {
  const date = route.value.query.get("date") ?? "";
  const until = route.value.query.get("until");
  const options = { path: { event_id: props.id }, query: { date, ...(until ? { until } : {}), limit: 100 } };
  const found = useResource(`explain/daily/${props.id}/${date}/${until}`, {
    load: (abort) => control.get("/explain/daily/{event_id}", options, abort),
    on: ["jobs", "writes"],
  });
  return (
    <>
      <p class="drawer-actions">
        <AsCurl request={() => control.describe("get", "/explain/daily/{event_id}", options)} />
      </p>
      {route.value.query.get("of") === "meta" ? (
        <p class="meta-note">
          Meta's clicks, impressions and spend are invented data of the mock. It draws them for each day in proportion to
          the purchases by Meta, which are the orders that the model META credits to campaigns. No request sets them.
        </p>
      ) : null}
      <Load of={found}>{(value) => <Daily value={value} />}</Load>
    </>
  );
}

function Daily(props: { value: Control["DailyExplanation"] }): JSX.Element {
  const { value } = props;
  const model = String(value.attribution_model.value);
  const amount = (total: { revenue: number; purchases: number }): string =>
    `${money(total.revenue, value.currency, true)} (${count(total.purchases)})`;
  return (
    <>
      <p>
        Total {amount(value.total)}. The event's model is <strong>{model}</strong>.{" "}
        <Cause cause={value.attribution_model.set_by} />.
      </p>
      <Table
        label="The revenue under each model"
        rows={Object.entries(value.split)}
        rowKey={([name]) => name}
        rowClass={([name]) => (name === model ? "marked" : undefined)}
        columns={[
          { key: "model", title: "Model", cell: ([name]) => name },
          { key: "campaign", title: "Campaign", number: true, cell: ([, split]) => amount(split.campaign) },
          { key: "organic", title: "Organic", number: true, cell: ([, split]) => amount(split.organic) },
          { key: "external", title: "External", number: true, cell: ([, split]) => amount(split.external) },
        ]}
      />
      <h3>
        Purchases <span class="dim">{shownOf(value.purchases)}</span>
      </h3>
      <Table
        label="Purchases"
        tall
        rows={value.purchases.items}
        rowKey={(row) => row.number}
        columns={[
          { key: "at", title: "Time", cell: (row) => <time>{instant(row.at)}</time> },
          { key: "revenue", title: "Revenue", number: true, cell: (row) => money(row.revenue, value.currency) },
          { key: "to", title: "Credited to", cell: (row) => row.credited_to },
        ]}
      />
    </>
  );
}
