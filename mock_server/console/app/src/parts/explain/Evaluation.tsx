/** The explanation of a package's results. */

import type { JSX } from "preact";
import { control } from "../../data/control";
import { useResource } from "../../data/resource";
import type { Control } from "../../data/types";
import { count, date as day, instant, percent, plural } from "../../format";
import { route } from "../../router";
import { Load } from "../Load";
import { Table } from "../Table";
import { AsCurl, Chip, Empty, Instant, Note } from "../basic";
import { describeSettings } from "../packages";
import { Cause, Fact, shownOf } from "./facts";
import { explain } from "./links";

const REASONS: Record<string, string> = {
  counted: "counted",
  outside_window: "outside the window",
  other_event: "for another event",
  other_series: "for another series",
  not_known_yet: "not known yet",
};

/** The results, or those of one cluster with its purchases. */
export function EvaluationBody(props: { id: string }): JSX.Element {
  const query = route.value.query;
  const cluster = query.get("cluster");
  const reason = query.get("reason");
  const options = {
    path: { package_id: props.id },
    query: { ...(cluster ? { cluster } : {}), ...(reason ? { reason: reason as "counted" } : {}), limit: 100 },
  };
  const found = useResource(`explain/evaluation/${props.id}/${cluster}/${reason}`, {
    load: (abort) => control.get("/explain/evaluation/{package_id}", options, abort),
    on: ["jobs", "writes"],
  });
  return (
    <>
      <p class="drawer-actions">
        {cluster ? <a href={explain("evaluation", props.id)}>All clusters</a> : null}
        <AsCurl request={() => control.describe("get", "/explain/evaluation/{package_id}", options)} />
      </p>
      <Load of={found}>{(value) => <Evaluation value={value} cluster={cluster} reason={reason} />}</Load>
    </>
  );
}

function Evaluation(props: {
  value: Control["EvaluationExplanation"];
  cluster: string | null;
  reason: string | null;
}): JSX.Element {
  const { evaluation, pending, clusters, purchases } = props.value;
  if (!evaluation) {
    return (
      <>
        {pending ? <PendingSettings pending={pending} label="Pending" /> : null}
        <Empty>{pending?.due ? `No evaluation has ended yet: the first one is due at ${instant(pending.due)}.` : "No evaluation has ended yet, and none is pending."}</Empty>
      </>
    );
  }
  const shown = props.cluster ? clusters.filter((each) => each.tc === props.cluster) : clusters;
  return (
    <>
      <dl class="facts">
        <Fact name="Evaluated">
          <Instant at={evaluation.evaluated_at}>{instant(evaluation.evaluated_at)}</Instant>
          <small>
            <Cause cause={evaluation.set_by} />
          </small>
        </Fact>
        <Fact name="Settings">
          {settingsText(evaluation.settings)} <Chip>revision {evaluation.revision}</Chip>
          {evaluation.settings_set_by ? (
            <small>
              <Cause cause={evaluation.settings_set_by} />
            </small>
          ) : null}
        </Fact>
        {evaluation.window ? (
          <Fact name="Window">
            {day(evaluation.window.start)} to {day(evaluation.window.end)}, which is not included
            <small>starts on {evaluation.window.starts_on}</small>
          </Fact>
        ) : null}
        <Fact name="Counted events">{evaluation.counted_events.join(", ") || "none"}</Fact>
      </dl>
      {pending ? <PendingSettings pending={pending} label="Newer settings" /> : null}
      {shown.map((each) => (
        <ClusterOutcomes key={each.tc} cluster={each} id={props.value.id} />
      ))}
      <h3>
        Purchases <span class="dim">{shownOf(purchases)}</span>
      </h3>
      <Table
        label="Purchases"
        tall
        rows={purchases.items}
        rowKey={(row) => row.number}
        columns={[
          { key: "at", title: "Time", cell: (row) => <time>{instant(row.at)}</time> },
          { key: "customer", title: "Customer", cell: (row) => <span class="id">{row.customer_id}</span> },
          { key: "tickets", title: "Items", number: true, cell: (row) => row.tickets },
          { key: "why", title: "Outcome", cell: (row) => (row.counted ? "counted" : (REASONS[row.reason ?? ""] ?? "")) },
        ]}
      />
    </>
  );
}

function PendingSettings(props: { pending: NonNullable<Control["EvaluationExplanation"]["pending"]>; label: string }): JSX.Element {
  const { pending, label } = props;
  return (
    <Note label={label}>
      {settingsText(pending.settings)} (revision {pending.revision}).{" "}
      {pending.due ? <>Their result is due at {instant(pending.due)}. </> : <>No job is pending for them. </>}
      <Cause cause={pending.set_by} />
    </Note>
  );
}

function ClusterOutcomes(props: { cluster: Control["ClusterExplanation"]; id: string }): JSX.Element {
  const { cluster, id } = props;
  const outcomes = Object.entries(cluster.purchases ?? {}).filter(([, value]) => value > 0);
  return (
    <>
      <h3>{cluster.tc}</h3>
      <p>
        {count(cluster.customers)} of {plural(cluster.size ?? 0, "customer")} bought {plural(cluster.items, "item")} in{" "}
        {plural(cluster.purchase, "purchase")} ({percent(cluster.conversion_rate)}).
      </p>
      <p class="chips">
        {outcomes.map(([reason, value]) => (
          <a key={reason} class="chip" href={explain("evaluation", id, { cluster: cluster.tc, reason })}>
            {count(value)} {REASONS[reason]}
          </a>
        ))}
      </p>
    </>
  );
}

/** Settings of an evaluation in one line. */
export const settingsText = (settings: Control["EvaluationSettings"] | null): string =>
  settings ? describeSettings(settings) : "no longer recorded";
