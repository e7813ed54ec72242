/** The results of each cluster; the sums are the page's own, because the platform has none. */

import type { JSX } from "preact";
import { now } from "../../data/live";
import type { Platform } from "../../data/types";
import { count, instant, percent, whenNear } from "../../format";
import { Card, Chip, Empty, Kpi, Kpis } from "../../parts/basic";
import { explain, ExplainLink } from "../../parts/explain/links";
import { Load } from "../../parts/Load";
import { Table } from "../../parts/Table";
import { evaluationIn, type PackageData } from "./data";

const NO_RESULTS: Record<string, string> = {
  FAILED: "No results: the build of the package failed.",
  INITIALIZING: "No results yet: the package is being built.",
  INPROGRESS: "No results yet: the package is being built.",
  EXPIRED: "No results: none was computed before the package expired. Regenerate it first.",
};

type Row = Platform["ClusterEvaluation"] & { label: string; size: number };

/** The card. `stale` marks results of older settings. */
export function Results(props: { data: PackageData; stale: boolean }): JSX.Element {
  const { id, results, detail, state } = props.data;
  const revision = state.value?.result_revision ?? null;
  const evaluated = state.value?.evaluated_at ?? null;
  const aside = (
    <span class="aside">
      {revision === null ? null : (
        <Chip tone={props.stale ? "warn" : "ok"}>{props.stale ? `stale, revision ${revision}` : `revision ${revision}`}</Chip>
      )}
      {evaluated ? <span class="dim">evaluated {instant(evaluated)}</span> : null}
      {results.value?.length ? <ExplainLink to={explain("evaluation", id)}>Explain these numbers</ExplainLink> : null}
    </span>
  );
  return (
    <Card title="Results" span={8} aside={aside}>
      <Load of={results} lines={5}>
        {(value) =>
          value.length ? (
            <Clusters id={id} rows={join(value, detail.value)} />
          ) : (
            <Empty>{noResults(props.data)}</Empty>
          )
        }
      </Load>
    </Card>
  );
}

function noResults(data: PackageData): string {
  const state = data.state.value;
  const byStatus = NO_RESULTS[data.detail.value?.status ?? ""];
  if (state?.due) return `No results yet: the first evaluation is due at ${whenNear(state.due, now.value ?? state.due)}.`;
  if (byStatus) return byStatus;
  const failed = state ? evaluationIn("failed", state) : null;
  return failed ? "No results: the first evaluation failed. Save settings to start another one." : "No results yet. Save settings to start an evaluation.";
}

function join(rows: Platform["ClusterEvaluation"][], detail: Platform["PackageDetail"] | undefined): Row[] {
  const clusters = new Map(detail?.content?.clusters.map((cluster) => [cluster.tc, cluster]));
  return rows.map((row) => {
    const cluster = clusters.get(row.tc);
    return { ...row, label: cluster?.label ?? row.tc, size: cluster?.customers ?? 0 };
  });
}

function Clusters(props: { id: string; rows: Row[] }): JSX.Element {
  const { id, rows } = props;
  const sum = (value: (row: Row) => number): number => rows.reduce((total, row) => total + value(row), 0);
  const [customers, size] = [sum((row) => row.customers), sum((row) => row.size)];
  const all = explain("evaluation", id);
  const link = (row: Row, text: string): JSX.Element => (
    <a class="ask" href={explain("evaluation", id, { cluster: row.tc })}>
      {text}
    </a>
  );
  return (
    <>
      <Kpis>
        <Kpi value={count(customers)} label="customers" href={all} />
        <Kpi value={count(sum((row) => row.items))} label="items" href={all} />
        <Kpi value={count(sum((row) => row.purchase))} label="purchases" href={all} />
        <Kpi value={size ? percent(customers / size) : "–"} label="converted" href={all} />
      </Kpis>
      <Table
        label="Results of each cluster"
        rows={rows}
        rowKey={(row) => row.tc}
        columns={[
          { key: "label", title: "Cluster", sort: (row) => row.label, cell: (row) => row.label },
          { key: "size", title: "Size", number: true, sort: (row) => row.size, cell: (row) => link(row, count(row.size)) },
          { key: "customers", title: "Customers", number: true, sort: (row) => row.customers, cell: (row) => link(row, count(row.customers)) },
          { key: "items", title: "Items", number: true, sort: (row) => row.items, cell: (row) => link(row, count(row.items)) },
          { key: "purchase", title: "Purchases", number: true, sort: (row) => row.purchase, cell: (row) => link(row, count(row.purchase)) },
          { key: "rate", title: "Rate", number: true, sort: (row) => row.conversion_rate, cell: (row) => link(row, percent(row.conversion_rate)) },
        ]}
      />
    </>
  );
}
