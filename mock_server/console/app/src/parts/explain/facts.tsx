/** What all explanations show: causes, names and values. */

import type { ComponentChildren, JSX } from "preact";
import type { Control } from "../../data/types";
import { count, instant } from "../../format";
import { href } from "../../router";

/** `477`, or `the first 100 of 477` */
export function shownOf(page: { total: number; items: unknown[] }): string {
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
export const withoutIso = (text: string): string => text.replace(/\b(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)Z\b/g, "$1 $2");

/** A name and its value. */
export function Fact(props: { name: string; children: ComponentChildren }): JSX.Element {
  return (
    <div>
      <dt>{props.name}</dt>
      <dd>{props.children}</dd>
    </div>
  );
}
