/** The drawer that explains a number: which request, job or setting it comes from. */

import type { ComponentChildren, JSX } from "preact";
import { control } from "../data/control";
import { usePartner } from "../data/partner";
import { useResource } from "../data/resource";
import type { Control } from "../data/types";
import { count, date as day, instant, money, percent, plural } from "../format";
import { useEffect } from "preact/hooks";
import { go, hereWith, href, parameter, route } from "../router";
import { AsCurl, Chip, Empty, Instant, Note } from "./basic";
import { Drawer } from "./Drawer";
import { Load } from "./Load";
import { Table } from "./Table";

/** The address of an explanation over the current page: `explain("evaluation", "pkg_555", { cluster })`. */
export function explain(
  kind: "evaluation" | "package" | "event" | "daily",
  id: string,
  selected: { cluster?: string; reason?: string; row?: string; date?: string; until?: string; of?: "meta" } = {},
): string {
  const none = { cluster: null, reason: null, row: null, date: null, until: null, of: null };
  return hereWith({ ...none, ...selected, explain: `${kind}/${id}` });
}

/** A link that opens an explanation. */
export function ExplainLink(props: { to: string; children?: ComponentChildren }): JSX.Element {
  return <a href={props.to}>{props.children ?? "Explain"}</a>;
}

/** Closes the explanation. */
export function closeExplanation(): void {
  go(hereWith({ explain: null, cluster: null, reason: null, row: null, date: null, until: null, of: null }), true);
}

/** The open explanation, if the address names one. */
export function ExplainDrawer(): JSX.Element | null {
  const named = route.value.query.get("explain");
  if (!named) return null;
  const slash = named.indexOf("/");
  const [kind, id] = [named.slice(0, slash), named.slice(slash + 1)];
  const bodies: Record<string, (props: { id: string }) => JSX.Element> = {
    evaluation: EvaluationBody,
    package: PackageBody,
    event: EventBody,
    daily: DailyBody,
  };
  const Body = bodies[kind];
  const title = { evaluation: `the results of ${id}`, package: `the settings of ${id}`, daily: `${id}, ${daysText()}` }[kind] ?? id;
  return (
    <Drawer key={named} title={`Explain ${title}`} onClose={closeExplanation}>
      <Back />
      {Body ? <Body id={id} /> : <Empty>There is no explanation of this kind.</Empty>}
    </Drawer>
  );
}

/** The explanations that led to the one that is open, as addresses. */
const trail: string[] = [];

/** A link to the explanation before this one, if this one was opened from it. */
function Back(): JSX.Element | null {
  const here = hereWith({});
  const seen = trail.indexOf(here);
  if (seen >= 0) trail.length = seen;
  const before = trail.at(-1);
  useEffect(() => {
    if (trail.at(-1) !== here) trail.push(here);
    return () => {
      if (!parameter("explain")) trail.length = 0;
    };
  }, [here]);
  return before ? (
    <p>
      <a href={before}>← Back</a>
    </p>
  ) : null;
}

function daysText(): string {
  const { query } = route.value;
  const [date, until] = [query.get("date") ?? "", query.get("until")];
  return until && until !== date ? `${date} to ${until}` : date;
}

/** `477`, or `the first 100 of 477` */
function shownOf(page: { total: number; items: unknown[] }): string {
  return page.total > page.items.length ? `the first ${count(page.items.length)} of ${count(page.total)}` : count(page.total);
}

/** A cause in words, with a link to the request or the job. */
export function Cause(props: { cause: Control["Cause"] }): JSX.Element {
  const { cause } = props;
  if (cause.request_id && cause.kind === "request") {
    return (
      <>
        Set by <a href={href(["traffic", cause.request_id])}>{cause.request}</a>
        {cause.at ? <> at {instant(cause.at)}</> : null}
      </>
    );
  }
  return (
    <>
      Set by {withoutIso(cause.description).replace(/^the world's initial data/, "the initial data")}
      {cause.kind === "job" || cause.kind === "run" ? <> (<a href={href(["time"])}>time line</a>)</> : null}
    </>
  );
}

/** A text with its instants written as everywhere else on the page. */
const withoutIso = (text: string): string => text.replace(/\b(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)Z\b/g, "$1 $2");

const REASONS: Record<string, string> = {
  counted: "counted",
  outside_window: "outside the window",
  other_event: "for another event",
  other_series: "for another series",
  not_known_yet: "not known yet",
};

function EvaluationBody(props: { id: string }): JSX.Element {
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
export function settingsText(settings: Control["EvaluationSettings"] | null): string {
  if (!settings) return "no longer recorded";
  const sent = settings.email_sent_date ? `email sent ${settings.email_sent_date}` : "no email date";
  return `${settings.backhaul_evaluation_model}, ${plural(settings.backhaul_evaluation_attribution_window, "day")}, ${sent}`;
}

function Fact(props: { name: string; children: ComponentChildren }): JSX.Element {
  return (
    <div>
      <dt>{props.name}</dt>
      <dd>{props.children}</dd>
    </div>
  );
}

function PackageBody(props: { id: string }): JSX.Element {
  const options = { path: { package_id: props.id } };
  const found = useResource(`explain/package/${props.id}`, {
    load: (abort) => control.get("/explain/package/{package_id}", options, abort),
    on: ["jobs", "writes"],
  });
  return (
    <>
      <p class="drawer-actions">
        <AsCurl request={() => control.describe("get", "/explain/package/{package_id}", options)} />
      </p>
      <Load of={found}>
        {(value) => {
          const fields = Object.entries(value.fields);
          return (
            <>
              <FieldFacts fields={fields.filter(([name]) => isSetting(name))} />
              <details>
                <summary>All other fields</summary>
                <FieldFacts fields={fields.filter(([name]) => !isSetting(name))} />
              </details>
            </>
          );
        }}
      </Load>
    </>
  );
}

const isSetting = (name: string): boolean => name.startsWith("backhaul_") || name === "email_sent_date" || name === "evaluation_settings";

function FieldFacts(props: { fields: [string, Control["ExplainedField"]][] }): JSX.Element {
  return (
    <dl class="facts">
      {props.fields.map(([name, field]) => (
        <Fact key={name} name={name}>
          <code>{compact(field.value)}</code>
          <small>
            <Cause cause={field.set_by} />
          </small>
        </Fact>
      ))}
    </dl>
  );
}

function compact(value: unknown): string {
  const text = withoutIso(typeof value === "string" ? value : JSON.stringify(value));
  return text.length > 120 ? `${text.slice(0, 119)}…` : text;
}

function EventBody(props: { id: string }): JSX.Element {
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

function DailyBody(props: { id: string }): JSX.Element {
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
