/** Small parts: card, figures, chip, note, buttons, empty, loading and error states. */

import type { ComponentChildren, JSX } from "preact";
import { useEffect, useId, useRef, useState } from "preact/hooks";
import { ApiError, toCurl, type ApiRequest } from "../data/http";
import { hereWith, parameter } from "../router";
import { toast } from "./Toast";

/** What a chip or a note means; a word always says it too. */
export type Tone = "plain" | "ok" | "warn" | "bad" | "accent";

/**
 * A panel with a title, and one link or button beside it. `span` is its share of 12 columns. The title is the panel's
 * address; `name` names it there if the title changes.
 */
export function Card(props: {
  title: string;
  name?: string;
  aside?: ComponentChildren;
  span?: 3 | 4 | 5 | 6 | 7 | 8 | 12;
  children: ComponentChildren;
}): JSX.Element {
  const id = useId();
  const panel = useRef<HTMLElement>(null);
  const name = props.name ?? props.title.toLowerCase().replace(/[^a-z0-9]+/g, "-");
  const isNamed = parameter("panel") === name;
  useEffect(() => {
    if (isNamed) panel.current?.scrollIntoView();
  }, [isNamed]);
  return (
    <section class={`card c${props.span ?? 12}${isNamed ? " named" : ""}`} aria-labelledby={id} ref={panel}>
      <header class="card-head">
        <h2 id={id}>
          <a class="panel-link" href={hereWith({ panel: name })} title="The address of this panel">
            {props.title}
          </a>
        </h2>
        {props.aside}
      </header>
      {props.children}
    </section>
  );
}

/** The title of a page, a line below it, and its actions. */
export function PageHead(props: {
  title: string;
  chip?: ComponentChildren;
  sub?: ComponentChildren;
  actions?: ComponentChildren;
}): JSX.Element {
  useEffect(() => {
    document.title = `${props.title} · Wavetank`;
  }, [props.title]);
  return (
    <div class="page-head">
      <div>
        <h1 tabIndex={-1}>
          {props.title} {props.chip}
        </h1>
        {props.sub ? <p class="sub">{props.sub}</p> : null}
      </div>
      {props.actions ? <div class="actions">{props.actions}</div> : null}
    </div>
  );
}

/** A row of figures. */
export function Kpis(props: { children: ComponentChildren }): JSX.Element {
  return <dl class="kpi">{props.children}</dl>;
}

/** A figure and what it counts; with `href`, it can be asked for its causes. */
export function Kpi(props: { value: string; label: string; href?: string; hint?: string }): JSX.Element {
  return (
    <div>
      <dt>{props.label}</dt>
      <dd>
        {props.href ? (
          <a class="ask" href={props.href} title={props.hint ?? "Explain"}>
            {props.value}
          </a>
        ) : (
          props.value
        )}
      </dd>
    </div>
  );
}

/** A word in a frame. */
export function Chip(props: { tone?: Tone; title?: string; children: ComponentChildren }): JSX.Element {
  return (
    <span class={`chip ${props.tone ?? "plain"}`} title={props.title}>
      {props.children}
    </span>
  );
}

const NOTE_WORDS = { warn: "Note", bad: "Refused", ok: "Saved", plain: "Note", accent: "Note" };

/** A remark above what it is about. `label` is the word in its chip. */
export function Note(props: {
  tone?: Tone;
  label?: string;
  action?: ComponentChildren;
  children: ComponentChildren;
}): JSX.Element {
  const tone = props.tone ?? "warn";
  return (
    <div class={`note ${tone}`} role={tone === "bad" ? "alert" : "status"}>
      <Chip tone={tone}>{props.label ?? NOTE_WORDS[tone]}</Chip>
      <div class="note-text">{props.children}</div>
      {props.action ? <div class="note-action">{props.action}</div> : null}
    </div>
  );
}

/** A button; while its action runs, it is disabled. An action that fails shows the error in a toast. */
export function Button(props: {
  onClick?: () => unknown;
  primary?: boolean;
  danger?: boolean;
  small?: boolean;
  disabled?: boolean;
  type?: "button" | "submit";
  title?: string;
  label?: string;
  children: ComponentChildren;
}): JSX.Element {
  const [busy, setBusy] = useState(false);
  const run = async (): Promise<void> => {
    if (!props.onClick) return;
    setBusy(true);
    try {
      await props.onClick();
    } catch (error) {
      toast(error instanceof Error ? error.message : String(error), "bad");
    } finally {
      setBusy(false);
    }
  };
  const classes = [props.primary && "primary", props.danger && "danger", props.small && "small"];
  return (
    <button
      type={props.type ?? "button"}
      class={classes.filter(Boolean).join(" ") || undefined}
      disabled={props.disabled || busy}
      title={props.title}
      aria-label={props.label}
      onClick={props.onClick ? () => void run() : undefined}
    >
      {props.children}
    </button>
  );
}

/** Copies a text; `label` says what, where it is not beside the text. `what` is only heard. */
export function CopyButton(props: { text: string; label?: string; what?: string }): JSX.Element {
  return (
    <button type="button" class="link" title={props.text} onClick={() => void copy(props.text)}>
      {props.label ?? "Copy"}
      {props.what ? <span class="unseen"> {props.what}</span> : null}
    </button>
  );
}

/** A command to copy, whose lines end between words: an option such as `--console` stays whole. */
export function Command(props: { text: string; what: string }): JSX.Element {
  return (
    <div class="code">
      <code>
        {props.text.split(" ").flatMap((word, index) => [
          index ? " " : "",
          <span class="word" key={index}>
            {word}
          </span>,
        ])}
      </code>
      <CopyButton text={props.text} what={props.what} />
    </div>
  );
}

/** Copies the request that an action sends, as a curl command. `what` is only heard, unless `seen`. */
export function AsCurl(props: { request: () => ApiRequest; what?: string; seen?: boolean }): JSX.Element {
  return (
    <button type="button" class="link curl" title="Copy this request as a curl command" onClick={() => void copyCurl(props.request())}>
      <svg width="12" height="12" viewBox="0 0 12 12" aria-hidden="true">
        <path d="M4.5 4.5h6v6h-6zM2.5 7.5h-1v-6h6v1" />
      </svg>
      <span class="curl-text">{props.seen ? `Copy ${props.what} as curl` : "Copy as curl"}</span>
      {props.what && !props.seen ? <span class="unseen"> {props.what}</span> : null}
    </button>
  );
}

const copyCurl = (request: ApiRequest): Promise<void> =>
  copy(toCurl(request), `Copied as curl: ${request.method} ${new URL(request.url, location.origin).pathname}`);

/** Puts a text on the clipboard; where the browser refuses, it shows the text instead. */
export async function copy(text: string, done = "Copied."): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    toast(done, "ok");
  } catch {
    toast(text);
  }
}

/** What a panel shows if there is nothing: one sentence, one action. */
export function Empty(props: { action?: ComponentChildren; children: ComponentChildren }): JSX.Element {
  return (
    <div class="empty">
      <p>{props.children}</p>
      {props.action}
    </div>
  );
}

/** Lines in the place of text; they appear after 150 ms. */
export function Loading(props: { lines?: number }): JSX.Element {
  const lines = Array.from({ length: props.lines ?? 3 }, (_, index) => <i key={index} />);
  return (
    <div class="loading" role="status">
      <span class="unseen">Loading</span>
      {lines}
    </div>
  );
}

/** What failed, and how to try again. */
export function ErrorState(props: { error: Error; retry: () => unknown }): JSX.Element {
  const request = props.error instanceof ApiError ? props.error.request : null;
  return (
    <div class="error" role="alert">
      <p>
        {request ? <code>{`${request.method} ${new URL(request.url, location.origin).pathname}`}</code> : null}{" "}
        {props.error.message}
      </p>
      <p class="actions">
        <Button onClick={props.retry}>Try again</Button>
        {request ? <AsCurl request={() => request} /> : null}
      </p>
    </div>
  );
}

/** An instant in UTC. */
export function Instant(props: { at: string; children: ComponentChildren }): JSX.Element {
  return (
    <time dateTime={props.at} title={`${props.at} (UTC)`}>
      {props.children}
    </time>
  );
}
