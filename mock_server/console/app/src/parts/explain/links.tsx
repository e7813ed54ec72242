/** The addresses of explanations, and links to them. */

import type { ComponentChildren, JSX } from "preact";
import { go, hereWith } from "../../router";

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
