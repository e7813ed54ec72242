/** The notes above a package's results: what only the mock knows, and what its status means. */

import type { JSX } from "preact";
import { advanceTo } from "../../clock";
import { jobs, now, status } from "../../data/live";
import type { Control, Platform } from "../../data/types";
import { instant, relative, whenNear } from "../../format";
import { Button, Instant, Note } from "../../parts/basic";
import { JobCause, jobAddress } from "../../parts/jobs";
import { href } from "../../router";
import { evaluationIn, type PackageData } from "./data";
import { usePolling } from "./polling";

type State = Control["PackageState"];

/** Says that an evaluation is under way or failed, and which settings the shown result is of. */
export function EvaluationNote(props: { data: PackageData }): JSX.Element | null {
  const state = props.data.state.value;
  if (!state) return <Unknown of={props.data.state} />;
  if (state.due) return <Pending data={props.data} state={state} due={state.due} />;
  const failed = evaluationIn("failed", state);
  if (failed) return <Failed state={state} job={failed} />;
  if (!state.stale) return null;
  return (
    <Note label="Stale">
      <Shown state={state} /> Newer settings are saved (revision {state.revision}); no evaluation is pending for them.{" "}
      {saveAgain(state)}
    </Note>
  );
}

/** Without what the mock knows, results of older settings would look like those of the saved ones. */
function Unknown(props: { of: PackageData["state"] }): JSX.Element | null {
  const { error } = props.of.state.value;
  if (!error) return null;
  return (
    <Note label="Not known" action={<Button onClick={() => props.of.refresh()}>Try again</Button>}>
      The mock does not say whether these results belong to the saved settings: {error.message}
    </Note>
  );
}

function Pending(props: { data: PackageData; state: State; due: string }): JSX.Element | null {
  const { data, state, due } = props;
  const at = now.value;
  const isFrozen = status.value?.clock.mode === "frozen";
  const pause = usePolling(data.results, !isFrozen);
  if (at === null) return null;
  const isFirst = state.evaluated_at === null;
  const delayed = evaluationIn("delayed", state);
  const advance = async (): Promise<void> => {
    await advanceTo(due);
    await Promise.all([data.state.refresh(), data.results.refresh()]);
  };
  const when = (
    <>
      evaluation is due at <Instant at={due}>{whenNear(due, at)}</Instant>, {relative(due, at)}.
    </>
  );
  return (
    <Note label={isFirst ? "Pending" : "Stale"} action={<Button onClick={advance}>Advance to result</Button>}>
      {isFirst ? (
        <>The first {when} Until then there are no results. </>
      ) : (
        <>
          <Shown state={state} /> Newer settings are saved (revision {state.revision}); their {when} Revisions are numbered
          over all packages.{" "}
        </>
      )}
      {delayed ? <>It was delayed <JobCause job={delayed} />. </> : null}
      {isFrozen ? "The clock is frozen: only Advance or Play gets there. " : ""}A client cannot see this: it has to poll
      {pause === null ? "" : `, as this page does, which waits ${pause} s now`}. The page also reads the results when the
      mock reports that the evaluation has ended. See <a href={href(["gotchas", "G-02"])}>gotcha G-02</a>.
    </Note>
  );
}

function Failed(props: { state: State; job: Control["Job"] }): JSX.Element {
  const { state, job } = props;
  const isFirst = state.evaluated_at === null;
  return (
    <Note label="Evaluation failed" tone="bad">
      The evaluation of the saved settings (revision {state.revision}) was made to fail at{" "}
      <Instant at={job.due}>{instant(job.due)}</Instant> <JobCause job={job} /> (<a href={jobAddress(job)}>the job</a>
      ). {isFirst ? "There are no results." : <Shown state={state} />} No other evaluation is pending, so waiting or polling
      does not help. {saveAgain(state)} A client is not told of the failure.
    </Note>
  );
}

function Shown({ state }: { state: State }): JSX.Element {
  return <>{state.result_revision === null ? "There are no results yet." : `These results belong to revision ${state.result_revision}.`}</>;
}

/** Only a package that is DONE takes settings. */
const saveAgain = (state: State): string => (state.status === "DONE" ? "Save the settings again to start one." : "");

/** Says what can be done with a package that is not DONE. */
export function StatusNote(props: { detail: Platform["PackageDetail"] }): JSX.Element | null {
  const { id, status: state } = props.detail;
  if (state === "FAILED") {
    const build = jobs.value?.findLast((job) => job.kind === "package_stage" && job.subject === id && job.state === "failed");
    return (
      <Note label="Failed" tone="bad">
        The package could not be built, so it has no clusters and no results. The platform gives no reason.{" "}
        {build ? <>The build was made to fail <JobCause job={build} />. </> : null}Regenerate it, at the top
        of the page, to build it again; until it is DONE, saving settings is refused.
      </Note>
    );
  }
  if (state === "EXPIRED") {
    return (
      <Note label="Expired">
        A package expires 28 days after it was built. Its settings and its last results can still be read, but saving settings
        is refused. Regenerate it, at the top of the page, to build it again.
      </Note>
    );
  }
  return state === "DONE" ? null : <Building id={id} />;
}

function Building({ id }: { id: string }): JSX.Element {
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
