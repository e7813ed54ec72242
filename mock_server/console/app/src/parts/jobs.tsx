/** Jobs in words: what one is, what it is about, and when it is due. */

import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { control } from "../data/control";
import { rulesBehind } from "../data/faults";
import { Resource } from "../data/resource";
import { session } from "../data/session";
import type { Control } from "../data/types";
import { jobKind } from "../format";
import { href, hereWith, route } from "../router";
import { Chip, type Tone } from "./basic";

type Job = Control["Job"];

/** The partner of each package, because a user sees only the packages of its own partner. */
const owners = new Resource<ReadonlyMap<string, string>>("jobs/owners", {
  load: async (abort) => new Map((await control.get("/packages", {}, abort)).map((each) => [each.id, each.partner_id])),
  on: ["workspaces"],
});

const TONES: Record<Job["state"], Tone> = {
  pending: "accent",
  done: "plain",
  superseded: "plain",
  failed: "bad",
  missed: "warn",
  delayed: "warn",
};

/** The states that only a fault rule gives a job. */
const FAULT_STATES: Job["state"][] = ["failed", "missed", "delayed"];

/** The state of a job, and the fault rule that is behind it. */
export function JobState(props: { job: Job }): JSX.Element {
  const { job } = props;
  return (
    <>
      <Chip tone={TONES[job.state]}>{job.state}</Chip> {FAULT_STATES.includes(job.state) ? <JobCause job={job} /> : null}
    </>
  );
}

/** `by fault rule f1`, with a link to the rule. Of a rule that was removed, the name is not known. */
export function JobCause(props: { job: Job }): JSX.Element {
  const names = rulesBehind(props.job).map((rule) => rule.id);
  if (!names.length) return <>by <a href={href(["faults"])}>a fault rule</a></>;
  return (
    <>
      by{" "}
      {names.map((name, index) => (
        <span key={name}>
          {index ? " or " : ""}
          <a href={href(["faults", name])}>{`fault rule ${name}`}</a>
        </span>
      ))}
    </>
  );
}

/** What tells a job from the others of the workspace; jobs have no ids. */
export const jobKey = ({ kind, subject, due, generation }: Job): string => [kind, subject, due, generation].join("/");

/** The address of a job: on the page of the time, as it is set. */
export function jobAddress(job: Job): string {
  const opened = { job: jobKey(job) };
  return route.value.path[0] === "time" ? hereWith({ ...opened, run: null, explain: null }) : href(["time"], opened);
}

/** The name of a job, with links to the job and to what it is about. */
export function JobName(props: { job: Job }): JSX.Element {
  return (
    <>
      <a href={jobAddress(props.job)}>{jobKind(props.job.kind)}</a> <JobSubject job={props.job} />
    </>
  );
}

/** What a job is about, with a link to it. */
export function JobSubject(props: { job: Job }): JSX.Element {
  const { kind, subject, generation } = props.job;
  const target = subjectAddress(props.job);
  useEffect(() => owners.use(), []);
  const owner = owners.value?.get(subject);
  const foreign = owner !== undefined && !session.value?.admin && session.value?.partner !== owner;
  return (
    <>
      {target && !foreign ? (
        <a class="id" href={target}>
          {subject}
        </a>
      ) : (
        <span class="dim">{describe(kind, subject)}</span>
      )}
      {foreign ? <span class="dim"> of {owner}</span> : null}
      {kind === "evaluation" ? <span class="dim"> revision {generation}</span> : null}
    </>
  );
}

function describe(kind: Job["kind"], subject: string): string {
  return kind === "attribution_run" ? "events of all partners" : subject;
}

/** The page of what a job is about, if it has one. */
export function subjectAddress(job: Job): string | null {
  if (job.subject.startsWith("pkg_")) return href(["packages", job.subject]);
  if (job.subject.startsWith("evt_")) return href(["events", job.subject]);
  return null;
}
