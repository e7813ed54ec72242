/** The requests of clients, live; one of them in detail; client checks; and expectations built by clicking. */

import type { JSX } from "preact";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { control } from "../data/control";
import { download } from "../data/download";
import { ownShown } from "../data/own";
import { useResource } from "../data/resource";
import { onTopic } from "../data/topics";
import type { Control } from "../data/types";
import { count, plural, timeOfDay } from "../format";
import type { PageProps } from "../pages";
import { AsCurl, Button, Card, Chip, Empty, ErrorState, Instant, Loading, Note, PageHead, type Tone } from "../parts/basic";
import { confirm } from "../parts/Dialog";
import { Segmented, TextField } from "../parts/Form";
import { OwnRequests } from "../parts/OwnRequests";
import { Table, type Column } from "../parts/Table";
import { href, parameter, route, setParameters } from "../router";
import { ChecksCard } from "./traffic/Checks";
import { RequestDrawer } from "./traffic/Detail";
import { matches, parseFilter, toQuery, type Filter } from "./traffic/filter";
import { Traffic, type TrafficRow } from "./traffic/rows";
import { expectations, VerifyCard } from "./traffic/Verify";

const CHECK_EVERY_MS = 5000;

/** The page. */
export function TrafficPage({ rest }: PageProps): JSX.Element {
  const checks = useChecks();
  const found = checks.value?.findings ?? [];
  const view = parameter("view") ?? "requests";
  const views: [string, string][] = [
    ["requests", "Requests"],
    ["checks", found.length ? `Client checks (${found.length})` : "Client checks"],
    ["expect", expectations.value.length ? `Expectations (${expectations.value.length})` : "Expectations"],
  ];
  return (
    <>
      <PageHead
        title="Traffic"
        sub="The requests that clients send to the platform's API. Requests to the control API are not recorded."
        actions={<PageActions />}
      />
      <div class="traffic-views">
        <Segmented label="View" value={view} options={views} onInput={(next) => setParameters({ view: next === "requests" ? null : next })} />
      </div>
      {view === "checks" ? <ChecksCard of={checks} /> : view === "expect" ? <VerifyCard /> : <Requests findings={found} open={rest[0]} />}
      {rest[0] ? <RequestDrawer id={rest[0]} findings={found} /> : null}
    </>
  );
}

/** The client checks, made again at most every five seconds, because they read the whole journal. */
function useChecks() {
  const checks = useResource("traffic/checks", {
    load: (abort) => control.get("/conduct", {}, abort),
    request: () => control.describe("get", "/conduct"),
  });
  useEffect(() => {
    let timer: number | undefined;
    const end = onTopic("requests", () => {
      timer ??= window.setTimeout(() => {
        timer = undefined;
        void checks.refresh();
      }, CHECK_EVERY_MS);
    });
    return () => {
      end();
      window.clearTimeout(timer);
    };
  }, [checks]);
  return checks;
}

function PageActions(): JSX.Element {
  const query = toQuery(parseFilter(parameter("q") ?? ""));
  const save = async (): Promise<void> => {
    const har = await control.get("/journal.har", { query });
    download("traffic.har", JSON.stringify(har, null, 1));
  };
  const clear = (): void =>
    confirm({
      title: "Clear the journal?",
      lost: "All recorded requests of this workspace are removed. This cannot be undone; download the HAR file first to keep them. Numbering continues.",
      action: "Clear the journal",
      undoable: false,
      run: () => control.delete("/journal"),
      request: () => control.describe("delete", "/journal"),
      done: "The journal is empty.",
    });
  return (
    <>
      <Button onClick={save} title="Requests that match the filter's method, status and operation">
        Download HAR
      </Button>
      <AsCurl request={() => control.describe("get", "/journal.har", { query })} what="Download HAR" />
      <Button danger onClick={clear}>
        Clear
      </Button>
    </>
  );
}

function Requests(props: { findings: Control["ClientFinding"][]; open: string | undefined }): JSX.Element {
  const line = parameter("q") ?? "";
  const filter = useMemo(() => parseFilter(line), [line]);
  const traffic = useTraffic(filter);
  const checked = useMemo(() => new Set(props.findings.map((each) => each.example.number)), [props.findings]);
  const { value: rows } = traffic.rows;
  const shown = useMemo(() => (rows ?? []).filter((row) => matches(row, filter, checked)), [rows, filter, checked]);
  const error = traffic.error.value;
  return (
    <Card title="Requests" aside={<Live traffic={traffic} />}>
      <FilterLine line={line} />
      <Counts traffic={traffic} />
      {error ? <ErrorState error={error} retry={() => traffic.loadNewest()} /> : null}
      {rows === null ? error ? null : <Loading lines={8} /> : <List rows={shown} all={rows.length} line={line} checked={checked} open={props.open} />}
      {traffic.hasEarlier.value ? (
        <p class="more">
          <Button small onClick={() => traffic.loadEarlier()}>
            Load earlier requests
          </Button>
        </p>
      ) : null}
    </Card>
  );
}

function useTraffic(filter: Filter): Traffic {
  const [traffic] = useState(() => new Traffic(filter));
  const query = JSON.stringify(toQuery(filter));
  const latest = useRef(filter);
  latest.current = filter;
  useEffect(() => traffic.follow(), [traffic]);
  const own = ownShown.value;
  useEffect(() => traffic.search(latest.current), [traffic, query, own]);
  return traffic;
}

const QUICK: [string, string][] = [
  ["", "All"],
  ["4xx", "4xx"],
  ["5xx", "5xx"],
  ["is:fault", "Faults"],
  ["is:near-miss", "Near misses"],
  ["is:check", "Client checks"],
];

function FilterLine(props: { line: string }): JSX.Element {
  return (
    <div class="filter-line" data-filter-line>
      <TextField
        label="Filter"
        quiet
        type="search"
        value={props.line}
        placeholder="GET 4xx operation:listEvents partner:… fault:f1 /events"
        inputRef={(element) => element?.setAttribute("data-filter", "")}
        onInput={(q) => setParameters({ q })}
      />
      <Segmented label="Quick filters" value={props.line.trim()} options={QUICK} onInput={(q) => setParameters({ q })} />
      <OwnRequests />
    </div>
  );
}

function Live(props: { traffic: Traffic }): JSX.Element {
  const { traffic } = props;
  const paused = traffic.paused.value;
  return (
    <span class="aside">
      {paused && traffic.held.value ? <span class="dim">{count(traffic.held.value)} new</span> : null}
      <button type="button" class="link" aria-pressed={paused} onClick={() => traffic.pause(!paused)}>
        {paused ? "Paused: go on" : "Pause"}
      </button>
    </span>
  );
}

function Counts(props: { traffic: Traffic }): JSX.Element | null {
  const counted = props.traffic.counted.value;
  if (!counted) return null;
  const kinds = Object.entries(counted.statuses).sort();
  return (
    <Note tone="accent" label="Busy" action={<Button small onClick={() => props.traffic.loadNewest()}>Show the newest</Button>}>
      About {count(counted.perSecond)} requests a second, too many to show one by one.{" "}
      {kinds.map(([kind, number]) => `${count(number)} × ${kind}`).join(", ")}. The newest ones appear when it is quieter.
    </Note>
  );
}

function List(props: { rows: TrafficRow[]; all: number; line: string; checked: ReadonlySet<number>; open: string | undefined }): JSX.Element {
  const columns = useMemo(() => buildColumns(props.checked), [props.checked]);
  if (!props.all && !props.line) return <NoRequests />;
  if (!props.rows.length) {
    return (
      <Empty action={<Button onClick={() => setParameters({ q: null })}>Show all</Button>}>
        {props.all ? `None of the ${plural(props.all, "loaded request")} matches the filter.` : "No request matches the filter."}
      </Empty>
    );
  }
  return (
    <div class="traffic">
      <Table
        label="Requests, newest first"
        columns={columns}
        rows={props.rows}
        rowKey={(row) => row.number}
        rowClass={(row) => (String(row.number) === props.open ? "marked" : row.live ? "fresh" : undefined)}
        tall
        windowAbove={50}
      />
    </div>
  );
}

function NoRequests(): JSX.Element {
  return (
    <Empty action={<a href={href(["overview"])}>One call to copy</a>}>
      No requests yet. What a client sends to the platform's API appears here at once.
    </Empty>
  );
}

function buildColumns(checked: ReadonlySet<number>): Column<TrafficRow>[] {
  return [
    { key: "at", title: "Time (UTC)", cell: (row) => <Instant at={row.at}>{timeOfDay(row.at)}</Instant> },
    { key: "method", title: "Method", cell: (row) => <span class="mono">{row.method}</span> },
    { key: "path", title: "Path", cell: (row) => <PathCell row={row} /> },
    { key: "status", title: "Status", cell: (row) => <StatusText status={row.status} /> },
    { key: "delay", title: "Delay, ms", number: true, cell: (row) => (row.delay ? count(row.delay) : "") },
    { key: "partner", title: "Partner", cell: (row) => <span class="partner">{row.partner ?? ""}</span> },
    { key: "marks", title: "Marks", cell: (row) => <Marks row={row} isChecked={checked.has(row.number)} /> },
  ];
}

function PathCell({ row }: { row: TrafficRow }): JSX.Element {
  const text = `${row.path.replace(/^\/api\/v3/, "")}${row.query ? `?${row.query}` : ""}`;
  const query = route.value.query;
  return (
    <a class="row-link mono" href={href(["traffic", String(row.number)], Object.fromEntries(query))} title={row.path}>
      {text}
    </a>
  );
}

/** A status, coloured by its class; `closed` if the connection ended without one. */
export function StatusText(props: { status: number | null }): JSX.Element {
  const { status } = props;
  if (status === null) return <span class="status bad">closed</span>;
  const tone: Tone = status < 400 ? "ok" : status < 500 ? "warn" : "bad";
  return <span class={`status ${tone}`}>{status}</span>;
}

function Marks(props: { row: TrafficRow; isChecked: boolean }): JSX.Element {
  const { row } = props;
  return (
    <span class="chips nowrap">
      {row.console ? <Chip title="The console sent it for its own pages">console</Chip> : null}
      {row.fault ? <Chip tone="bad" title={`Fault rule ${row.fault}`}>{`fault ${row.fault}`}</Chip> : null}
      {row.nearMiss ? <Chip tone="warn" title="The response suggests what was probably meant">near miss</Chip> : null}
      {props.isChecked ? <Chip tone="warn" title="A client check names this request">client check</Chip> : null}
    </span>
  );
}
