/** The top bar: workspace, documentation, the clock with its buttons, and the user. */

import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { advance, advanceToNext, lastMove } from "../clock";
import { consoleAddress, workspace } from "../data/base";
import { control } from "../data/control";
import { nextJob, now, status } from "../data/live";
import { Resource } from "../data/resource";
import { choosePartner, session, signInOpen, signOut } from "../data/session";
import type { Control } from "../data/types";
import { instant, iso, jobKind, plural, relative } from "../format";
import { AsCurl, Button, Chip } from "../parts/basic";
import { href } from "../router";

const workspaces = new Resource<Control["Workspace"][]>("top/workspaces", {
  load: (abort) => control.get("/workspaces", {}, abort),
  on: ["workspaces"],
});

/** The top bar. */
export function TopBar(): JSX.Element {
  useEffect(() => workspaces.use(), []);
  return (
    <header class="top">
      <a class="brand" href="#/overview" aria-label="Wavetank">
        <svg width="18" height="18" viewBox="0 0 18 18" aria-hidden="true">
          <path d="M1 7c2.7-4 5.3-4 8 0s5.3 4 8 0M1 13c2.7-4 5.3-4 8 0s5.3 4 8 0" />
        </svg>
        <span>Wavetank</span>
      </a>
      <WorkspaceSelect />
      {status.value ? (
        <Chip title="Which generation of the vendor's documents this workspace follows. The Faults page switches it.">
          {status.value.documentation} documents
        </Chip>
      ) : null}
      <Clock />
      <UserChip />
    </header>
  );
}

function WorkspaceSelect(): JSX.Element {
  const names = workspaces.value?.map((each) => each.name) ?? [];
  const all = names.includes(workspace) ? names : [workspace, ...names];
  return (
    <select
      aria-label="Workspace"
      value={workspace}
      onChange={(event) => location.assign(consoleAddress(event.currentTarget.value, location.hash))}
    >
      {all.map((name) => (
        <option key={name} value={name}>
          {name}
        </option>
      ))}
    </select>
  );
}

function Clock(): JSX.Element {
  const at = now.value;
  const clock = status.value?.clock;
  const next = nextJob.value;
  return (
    <div class="clock" role="group" aria-label="Clock">
      <time dateTime={at === null ? undefined : iso(at)}>{at === null ? "…" : `${instant(at)} UTC`}</time>
      {clock ? (
        <span class="dim" title="Time plays and pauses the clock">
          {clock.mode}
          {clock.speed === 1 ? "" : ` × ${clock.speed}`}
        </span>
      ) : null}
      <Button small onClick={() => advance({ hours: 1 })} title="Advance by 1 hour">
        +1 h
      </Button>
      <Button small onClick={() => advance({ days: 1 })} title="Advance by 1 day">
        +1 d
      </Button>
      <Button small disabled={!next} onClick={advanceToNext} title="Advance to the next due job (.)">
        {next && at !== null ? `Advance to ${jobKind(next.kind)} ${relative(next.due, at)}` : "Nothing is due"}
      </Button>
      <Fired />
    </div>
  );
}

/** What the last move fired, for five seconds. */
function Fired(): JSX.Element {
  const moved = lastMove.value;
  const run = moved?.fired.findLast((job) => job.kind === "attribution_run" && job.state === "done");
  return (
    <div class="fired" role="status">
      {moved ? (
        <p>
          {firedText(moved.fired)}{" "}
          {run ? (
            <>
              <a href={href(["time"], { run: run.due })}>What it added</a> ·{" "}
            </>
          ) : null}
          <a href={href(["time"])}>Time line</a> <AsCurl request={moved.request} what="the move" />
        </p>
      ) : null}
    </div>
  );
}

function firedText(fired: Control["Job"][]): string {
  if (!fired.length) return "No job was due.";
  const kinds = new Map<string, number>();
  for (const job of fired) kinds.set(job.kind, (kinds.get(job.kind) ?? 0) + 1);
  const words = [...kinds].map(([kind, count]) => plural(count, jobKind(kind)));
  return `Fired: ${words.join(", ")}.`;
}

function UserChip(): JSX.Element {
  const current = session.value;
  if (!current) {
    return (
      <Button small onClick={() => (signInOpen.value = true)}>
        Sign in
      </Button>
    );
  }
  const partners = current.admin ? (status.value?.partners ?? []) : current.partners;
  return (
    <div class="user" role="group" aria-label="User">
      <span class="chip" title={current.username}>
        {current.username}
      </span>
      {partners.length > 1 ? (
        <select aria-label="Partner" value={current.partner ?? ""} onChange={(event) => choosePartner(event.currentTarget.value)}>
          {partners.map((partner) => (
            <option key={partner} value={partner}>
              {partner}
            </option>
          ))}
        </select>
      ) : null}
      <button type="button" class="link" onClick={signOut}>
        Sign out
      </button>
    </div>
  );
}
