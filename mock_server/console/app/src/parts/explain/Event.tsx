/** The explanation of an event's campaign results. */

import type { JSX } from "preact";
import { control } from "../../data/control";
import { usePartner } from "../../data/partner";
import { useResource } from "../../data/resource";
import type { Control } from "../../data/types";
import { count, instant, money, plural } from "../../format";
import { route } from "../../router";
import { Load } from "../Load";
import { AsCurl, Chip } from "../basic";
import { Cause, Fact } from "./facts";

/** The rows of the event, each with its cause. */
export function EventBody(props: { id: string }): JSX.Element {
  const row = route.value.query.get("row");
  const options = { path: { event_id: props.id }, query: row ? { row } : {} };
  const found = useResource(`explain/event/${props.id}/${row}`, {
    load: (abort) => control.get("/explain/event/{event_id}", options, abort),
    on: ["jobs", "writes"],
  });
  return (
    <>
      <p class="drawer-actions">
        <AsCurl request={() => control.describe("get", "/explain/event/{event_id}", options)} />
      </p>
      <Load of={found}>{(value) => <EventRows value={value} />}</Load>
    </>
  );
}

function EventRows(props: { value: Control["EventExplanation"] }): JSX.Element {
  const { value } = props;
  const currency = usePartner().value?.currency;
  return (
    <dl class="facts">
      <Fact name="Attribution model">
        {String(value.attribution_model.value)}
        <small>
          <Cause cause={value.attribution_model.set_by} />
        </small>
      </Fact>
      {value.rows.items.map(({ row, set_by, run }) => (
        <Fact key={row.id} name={row.id}>
          {plural(row.purchase, "purchase")}, {currency ? money(row.revenue, currency) : row.revenue}, <Chip>{row.source}</Chip>
          <small>
            <Cause cause={set_by} />
            {run ? `. It examined ${plural(run.examined, "purchase")} and counted ${count(run.counted)} by ${run.attribution_model}.` : ""}
          </small>
        </Fact>
      ))}
      {value.deleted_rows.map(({ row, deleted_by, reason }) => (
        <Fact key={row.id} name={row.id}>
          <Chip tone="bad">deleted</Chip> {plural(row.purchase, "purchase")}
          <small>
            <Cause cause={deleted_by} />. {reason}
          </small>
        </Fact>
      ))}
      {value.runs_without_a_row.map((run) => (
        <Fact key={run.due} name={instant(run.due)}>
          No row<small>{run.reason}</small>
        </Fact>
      ))}
    </dl>
  );
}
