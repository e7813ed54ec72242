/** A job: what became of it, and what it belongs to. */

import type { JSX } from "preact";
import { advanceTo } from "../../clock";
import { control } from "../../data/control";
import { jobs, now } from "../../data/live";
import type { Control } from "../../data/types";
import { instant, jobKind, relative } from "../../format";
import { AsCurl, Button, Empty, Instant } from "../../parts/basic";
import { Drawer } from "../../parts/Drawer";
import { explain, ExplainLink } from "../../parts/explain/links";
import { JobState, JobSubject, jobKey } from "../../parts/jobs";
import { Load } from "../../parts/Load";
import { go, hereWith, parameter } from "../../router";

type Job = Control["Job"];

const MEANINGS: Record<Job["state"], string> = {
  pending: "The job is done when the clock reaches this time.",
  done: "The job was done at this time.",
  superseded: "Newer settings were saved before this time, so this evaluation was dropped.",
  failed: "The job failed, and nothing was published.",
  missed: "The run was left out, and the next one examines its sales.",
  delayed: "The job was moved to a later time, at which the list has it again.",
};

/** The drawer, while the address names a job. */
export function JobDrawer(): JSX.Element | null {
  const key = parameter("job");
  if (!key || parameter("run") || parameter("explain")) return null;
  const [kind = "", , due = ""] = key.split("/");
  return (
    <Drawer key={key} title={`Job: ${jobKind(kind)} of ${due.replace("T", " ").replace("Z", "")}`} onClose={() => go(hereWith({ job: null }), true)}>
      <p class="drawer-actions">
        <AsCurl request={() => control.describe("get", "/jobs")} what="the jobs" />
      </p>
      <Load of={jobs}>
        {(all) => {
          const job = all.find((each) => jobKey(each) === key);
          return job ? <Facts job={job} /> : <Empty>The workspace has no such job. A reset or a step back in time removes jobs, and the last 200 that ended are kept.</Empty>;
        }}
      </Load>
    </Drawer>
  );
}

function Facts({ job }: { job: Job }): JSX.Element {
  const at = now.value;
  return (
    <>
      <dl class="facts">
        <div>
          <dt>State</dt>
          <dd>
            <JobState job={job} />
            <small>{MEANINGS[job.state]}</small>
          </dd>
        </div>
        <div>
          <dt>Due (UTC)</dt>
          <dd>
            <Instant at={job.due}>{instant(job.due)}</Instant>
            {at === null ? "" : `, ${relative(job.due, at)}`}
          </dd>
        </div>
        <div>
          <dt>Concerns</dt>
          <dd>
            <JobSubject job={job} />
          </dd>
        </div>
      </dl>
      <p class="actions below">
        <Next job={job} />
      </p>
    </>
  );
}

function Next({ job }: { job: Job }): JSX.Element | null {
  if (job.state === "pending") return <Button onClick={() => advanceTo(job.due)}>Advance to it</Button>;
  if (job.state !== "done") return null;
  if (job.kind === "attribution_run") return <a href={hereWith({ run: job.due })}>What it added</a>;
  return job.kind === "evaluation" ? <ExplainLink to={explain("evaluation", job.subject)}>Explain the results</ExplainLink> : null;
}
