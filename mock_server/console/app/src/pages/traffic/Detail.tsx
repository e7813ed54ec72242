/** One request and its response in the drawer. */

import type { ComponentChildren, JSX } from "preact";
import { control } from "../../data/control";
import { bytes } from "../../data/download";
import type { ApiRequest } from "../../data/http";
import { platformBase } from "../../data/base";
import { useResource } from "../../data/resource";
import type { Control } from "../../data/types";
import { count, instant } from "../../format";
import { AsCurl, Button, Chip, CopyButton, Empty, Instant, Note } from "../../parts/basic";
import { Drawer } from "../../parts/Drawer";
import { Load } from "../../parts/Load";
import { Tree } from "../../parts/Tree";
import { userOf } from "../../parts/requests";
import { go, href, route } from "../../router";
import { StatusText } from "../Traffic";
import { hintsOf } from "./rows";
import { expectationFrom, expect } from "./Verify";

type Entry = Control["JournalEntry"];
const PAGE = 200;
const MAX_PAGES = 10;

/** Finds a request by its number or, as explanations name it, by its request id. */
async function find(id: string, abort: AbortSignal): Promise<Entry | null> {
  if (/^\d{1,15}$/.test(id)) {
    const number = Number(id);
    const query = { after: Math.max(0, number - 1), before: number + 1 };
    return number ? ((await control.get("/journal", { query }, abort))[0] ?? null) : null;
  }
  let before: { before?: number } = {};
  for (let page = 0; page < MAX_PAGES; page++) {
    const entries = await control.get("/journal", { query: { ...before, limit: PAGE } }, abort);
    const found = entries.find((entry) => entry.request_id === id);
    const first = entries[0]?.number ?? 1;
    if (found || first <= 1) return found ?? null;
    before = { before: first };
  }
  return null;
}

/** The drawer. */
export function RequestDrawer(props: { id: string; findings: Control["ClientFinding"][] }): JSX.Element {
  const close = (): void => go(href(["traffic"], Object.fromEntries(route.value.query)), true);
  const entry = useResource(`traffic/entry/${props.id}`, { load: (abort) => find(props.id, abort) });
  const title = entry.value ? `${entry.value.method} ${entry.value.path}` : "Request";
  return (
    <Drawer key={props.id} title={title} onClose={close}>
      <Load of={entry} lines={6}>
        {(value) =>
          value ? (
            <Detail entry={value} findings={props.findings} />
          ) : (
            <Empty>The journal no longer holds this request. It keeps the newest ones, and none from before a reset.</Empty>
          )
        }
      </Load>
    </Drawer>
  );
}

function Detail(props: { entry: Entry; findings: Control["ClientFinding"][] }): JSX.Element {
  const { entry } = props;
  const finding = props.findings.find((each) => each.example.number === entry.number);
  const hints = hintsOf(entry);
  return (
    <>
      <p class="chips">
        <StatusText status={entry.response.status} />
        {entry.fault ? <a class="chip" href={href(["faults", entry.fault])}>{`fault ${entry.fault}`}</a> : null}
        {entry.operation ? <Chip>{entry.operation}</Chip> : <Chip tone="warn">no such operation</Chip>}
        {entry.truncated ? <Chip tone="warn">cut at 8 KiB</Chip> : null}
      </p>
      <p class="actions detail-actions">
        <ExpectButton entry={entry} />
        <AsCurl request={() => toRequest(entry)} what="this request" />
        <CopyButton text={location.href} label="Copy address" what="of this request" />
      </p>
      {hints.length ? (
        <Note tone="warn" label="Near miss">
          {hints.map((hint) => (
            <p key={hint}>{hint}</p>
          ))}
        </Note>
      ) : null}
      {finding ? (
        <Note tone="warn" label="Client check">
          <p>{finding.description}</p>
          <p>{finding.advice}</p>
        </Note>
      ) : null}
      <Facts entry={entry} />
      <Side title="Request" headers={entry.request.headers} body={entry.request.body} query={entry.query} />
      <Side title="Response" headers={entry.response.headers} body={entry.response.body} />
    </>
  );
}

function ExpectButton({ entry }: { entry: Entry }): JSX.Element {
  const run = (): void => {
    const made = expectationFrom(entry);
    if (!made) return;
    expect(made);
    go(href(["traffic"], { view: "expect" }));
  };
  return (
    <Button primary small disabled={!entry.operation} onClick={run} title="Check that a client sends this request">
      Expect this
    </Button>
  );
}

function Facts({ entry }: { entry: Entry }): JSX.Element {
  const facts: [string, ComponentChildren][] = [
    ["Time", <Instant at={entry.at}>{`${instant(entry.at)} UTC`}</Instant>],
    ["User", userOf(entry)],
    ["Partner", entry.partner ?? "none"],
    ["Request id", <span class="mono">{entry.request_id}</span>],
    ["Number", count(entry.number)],
  ];
  if (entry.trace_id) facts.push(["Trace", <span class="mono">{entry.trace_id}</span>]);
  if (entry.delay_milliseconds) facts.push(["Delayed by faults", `${count(entry.delay_milliseconds)} ms`]);
  return (
    <dl class="facts two">
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function Side(props: { title: string; headers: [string, string][]; body: Control["RecordedContent"] | null; query?: [string, string][] }): JSX.Element {
  const { title, headers, body, query } = props;
  return (
    <section class="side" aria-label={title}>
      <h3>
        {title} {body ? <span class="dim">{bytes(body.size)}</span> : null}
      </h3>
      {query?.length ? <Pairs title="Query" pairs={query} open /> : null}
      <Pairs title="Headers" pairs={headers} />
      {body ? <Body body={body} /> : <p class="dim">{title === "Request" && announcesBody(headers) ? UNREAD : "No body."}</p>}
    </section>
  );
}

function Pairs(props: { title: string; pairs: [string, string][]; open?: boolean }): JSX.Element {
  return (
    <details class="pairs" open={props.open ?? false}>
      <summary>
        {props.title} <span class="dim">{props.pairs.length}</span>
      </summary>
      <dl class="mono">
        {props.pairs.map(([name, value], index) => (
          <div key={index}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </details>
  );
}

const UNREAD = "The body was not recorded: the response was sent before the body was read. A copied command lacks it.";

const announcesBody = (headers: [string, string][]): boolean =>
  headers.some(([name, value]) => name === "transfer-encoding" || (name === "content-length" && value !== "0"));

function Body({ body }: { body: Control["RecordedContent"] }): JSX.Element {
  const { json, text, truncated } = body;
  if (json !== null && json !== undefined) return <Tree value={json} />;
  if (text === null) return <p class="dim">{body.size ? "A binary body; only its size is recorded." : "An empty body."}</p>;
  return (
    <>
      <pre class="body">{text}</pre>
      {truncated ? <p class="dim">Only the first 8 KiB are recorded.</p> : null}
    </>
  );
}

const NOT_COPIED = /^(host|connection|content-length|accept-encoding|sec-.*|user-agent|origin|referer|cookie|traceparent|tracestate)$/i;

/** The recorded request, to send again. The journal masks the token, so the command reads it from a variable. */
function toRequest(entry: Entry): ApiRequest {
  const query = new URLSearchParams(entry.query).toString();
  const path = entry.path.replace(/^\/api\/v3/, platformBase);
  const headers = Object.fromEntries(entry.request.headers.filter(([name]) => !NOT_COPIED.test(name)));
  const request: ApiRequest = { method: entry.method, url: `${path}${query ? `?${query}` : ""}`, headers };
  const body = entry.request.body?.json ?? entry.request.body?.text;
  if (body !== null && body !== undefined) request.body = body;
  return request;
}
