/** A package: its results, its settings, and the window in which purchases count. */

import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { control } from "../data/control";
import { ApiError } from "../data/http";
import { jobs, now } from "../data/live";
import { platform } from "../data/platform";
import { useResource } from "../data/resource";
import { session } from "../data/session";
import { announce } from "../data/topics";
import type { Platform } from "../data/types";
import { date, plural, relative } from "../format";
import type { PageProps } from "../pages";
import { AsCurl, Button, Chip, Empty, PageHead, type Tone } from "../parts/basic";
import { Load, SignInFirst } from "../parts/Load";
import { canRegenerate } from "../parts/packages";
import { go, href } from "../router";
import { usePackage, type PackageData } from "./package/data";
import { EvaluationNote, StatusNote } from "./package/Notes";
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
  const stale = data.state.value?.stale ?? false;
  return (
    <>
      <StatusNote detail={detail} />
      <EvaluationNote data={data} />
      <div class="grid">
        <Results data={data} stale={stale} />
        <SettingsCard data={data} onDraft={setDraft} />
        {draft ? <WindowCard detail={detail} draft={draft} data={data} /> : null}
      </div>
    </>
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
