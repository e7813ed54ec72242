/** A package: its results, its settings, and the window in which purchases count. */

import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { advanceTo } from "../clock";
import { control } from "../data/control";
import { ApiError } from "../data/http";
import { jobs, now, status } from "../data/live";
import { platform } from "../data/platform";
import { useResource } from "../data/resource";
import { session } from "../data/session";
import { announce } from "../data/topics";
import type { Platform } from "../data/types";
import { date, plural, relative, whenNear } from "../format";
import type { PageProps } from "../pages";
import { AsCurl, Button, Chip, Empty, Instant, Note, PageHead, type Tone } from "../parts/basic";
import { Load, SignInFirst } from "../parts/Load";
import { canRegenerate } from "../parts/packages";
import { go, href } from "../router";
import { usePackage, type PackageData } from "./package/data";
import { usePolling } from "./package/polling";
import { Results } from "./package/Results";
import { SettingsCard, type Draft } from "./package/SettingsForm";
import { WindowCard } from "./package/WindowCard";

const TONES: Record<Platform["PackageStatus"], Tone> = {
  INITIALIZING: "accent",
  INPROGRESS: "accent",
  DONE: "ok",
  FAILED: "bad",
  EXPIRED: "warn",
};

/** The page. */
export function PackagePage({ rest }: PageProps): JSX.Element {
  const id = rest[0] ?? "";
  if (session.value) return <SignedIn id={id} />;
  return (
    <>
      <PageHead title={id} />
      <SignInFirst />
    </>
  );
}

function SignedIn(props: { id: string }): JSX.Element {
  const data = usePackage(props.id);
  const detail = data.detail.value;
  return (
    <>
      <PageHead
        title={detail?.title ?? props.id}
        chip={detail ? <Chip tone={TONES[detail.status]}>{detail.status}</Chip> : null}
        sub={detail ? <Facts detail={detail} /> : null}
        actions={detail && canRegenerate(detail.status) ? <Regenerate id={props.id} /> : null}
      />
      {isUnknown(data.detail.state.value.error) && !detail ? (
        <NotHere id={props.id} />
      ) : (
        <Load of={data.detail}>{(value) => <Panels detail={value} data={data} />}</Load>
      )}
    </>
  );
}

const isUnknown = (error: Error | null | undefined): boolean => error instanceof ApiError && error.status === 404;

/** A package that the user's partner does not have: the mock knows whether another one has it. */
function NotHere(props: { id: string }): JSX.Element {
  const { id } = props;
  const states = useResource(`package/${id}/owner`, { load: (abort) => control.get("/packages", {}, abort) });
  const owner = states.value?.find((each) => each.id === id)?.partner_id;
  return (
    <Empty action={<a href={href(["packages"])}>Packages</a>}>
      {owner
        ? `${id} belongs to ${owner}. The platform answers 404 to the users of other partners: sign in as a user of ${owner}.`
        : `There is no package ${id}.`}
    </Empty>
  );
}

function Facts(props: { detail: Platform["PackageDetail"] }): JSX.Element {
  const { id, events, created_at, status: state } = props.detail;
  const expiry = jobs.value?.find((job) => job.kind === "package_expiry" && job.subject === id && job.state === "pending");
  const at = now.value;
  return (
    <>
      <span class="id">{id}</span> · {plural(events.length, "event")}:{" "}
      {events.slice(0, 4).map((event, index) => (
        <span key={event.id}>
          {index ? ", " : ""}
          <a href={href(["events", event.id])}>{event.title}</a>
        </span>
      ))}
      {events.length > 4 ? ` and ${events.length - 4} more` : ""} · created {date(created_at)}
      {expiry && at !== null && state === "DONE" ? ` · expires ${relative(expiry.due, at)}` : ""}
    </>
  );
}

function Panels(props: { detail: Platform["PackageDetail"]; data: PackageData }): JSX.Element {
  const { detail, data } = props;
  const [draft, setDraft] = useState<Draft | null>(null);
  const { stale = false, due = null } = data.state.value ?? {};
  const running = status.value?.clock.mode === "running";
  const polling = usePolling(data.results, due !== null && running);
  return (
    <>
      <Building detail={detail} />
      {stale ? <Stale data={data} pause={polling?.pause ?? null} /> : null}
      <div class="grid">
        <Results data={data} stale={stale} />
        <SettingsCard data={data} onDraft={setDraft} />
        {draft ? <WindowCard detail={detail} draft={draft} data={data} /> : null}
      </div>
    </>
  );
}

/** What only the mock knows: that a job is under way, and which settings the shown result is of. */
function Stale(props: { data: PackageData; pause: number | null }): JSX.Element | null {
  const { data, pause } = props;
  const state = data.state.value;
  const at = now.value;
  if (!state || at === null) return null;
  const { due, revision, result_revision: shown } = state;
  const advance = async (): Promise<void> => {
    if (!due) return;
    await advanceTo(due);
    await Promise.all([data.state.refresh(), data.results.refresh()]);
  };
  return (
    <Note label="Stale" action={due ? <Button onClick={advance}>Advance to result</Button> : null}>
      {shown === null ? "There are no results yet." : `These results belong to revision ${shown}.`} Newer settings are saved
      (revision {revision});{" "}
      {due ? (
        <>
          their evaluation is due at <Instant at={due}>{whenNear(due, at)}</Instant>, {relative(due, at)}.
        </>
      ) : (
        "no evaluation is pending for them: it failed, or a fault holds it back."
      )}{" "}
      Revisions are numbered over all packages. {status.value?.clock.mode === "frozen" && due ? "The clock is frozen: only Advance or Play gets there. " : ""}
      A client cannot see this: it has to poll{pause === null ? "" : `, as this page does, which reads again after ${pause} s`}. See{" "}
      <a href={href(["gotchas", "G-02"])}>gotcha G-02</a>.
    </Note>
  );
}

function Building(props: { detail: Platform["PackageDetail"] }): JSX.Element | null {
  const { id, status: state } = props.detail;
  if (state === "FAILED") {
    return (
      <Note label="Failed" tone="bad">
        The package could not be built, so it has no clusters and no results. The platform gives no reason. Regenerate it to
        build it again; until it is DONE, saving settings is refused.
      </Note>
    );
  }
  if (state !== "INITIALIZING" && state !== "INPROGRESS") return null;
  const stage = jobs.value?.find((job) => job.kind === "package_stage" && job.subject === id && job.state === "pending");
  const at = now.value;
  return (
    <Note
      label="Building"
      tone="accent"
      action={stage ? <Button onClick={() => advanceTo(stage.due)}>Advance to next stage</Button> : null}
    >
      The package has no clusters yet.{" "}
      {stage && at !== null ? `The next stage is due at ${whenNear(stage.due, at)}. ` : ""}Until it is DONE, saving settings
      is refused.
    </Note>
  );
}

function Regenerate(props: { id: string }): JSX.Element {
  const options = { path: { package_id: props.id } };
  const path = "/package_builder/packages/{package_id}/regenerate" as const;
  const run = async (): Promise<void> => {
    const made = await platform.post(path, options);
    announce("jobs");
    go(href(["packages", made.id]));
  };
  return (
    <>
      <Button onClick={run}>Regenerate</Button>
      <AsCurl request={() => platform.describe("post", path, options)} what="Regenerate" />
    </>
  );
}
