/** Requests of the journal as rows of a table. */

import type { JSX } from "preact";
import type { Control } from "../data/types";
import { href } from "../router";
import { Chip, type Tone } from "./basic";

type Entry = Control["JournalEntry"];

/** The status of a response; its colour is not all that says what it means. */
export function StatusChip(props: { status: number | null }): JSX.Element {
  const { status } = props;
  if (status === null) return <Chip tone="bad">aborted</Chip>;
  const tone: Tone = status < 300 ? "ok" : status < 400 ? "plain" : status < 500 ? "warn" : "bad";
  return <Chip tone={tone}>{status}</Chip>;
}

/** Whose token a request carried; a sign-in that succeeded carries none, but names its user. */
export function userOf(entry: Entry): string {
  if (entry.user) return entry.user;
  const sent = entry.request.body?.json as { username?: unknown } | null | undefined;
  const isSignIn = entry.operation === "signIn" && entry.response.status === 200;
  return isSignIn && typeof sent?.username === "string" ? sent.username : "not signed in";
}

/** The method and the path of a request, which lead to its detail. */
export function RequestName(props: { entry: Entry }): JSX.Element {
  const { method, path, request_id } = props.entry;
  return (
    <a class="request" href={href(["traffic", request_id])}>
      <span class="method">{method} </span>
      <span>{path.replace(/^(\/w\/[^/]+)?\/api\/v3/, "")}</span>
    </a>
  );
}
