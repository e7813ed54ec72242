/** Plays a gotcha step by step: each call, its answer, and what is surprising in it. */

import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { consoleAddress } from "../../data/base";
import { control } from "../../data/control";
import type { Control } from "../../data/types";
import { duration } from "../../format";
import { AsCurl, Button, Card, Chip, CopyButton, Empty, Note } from "../../parts/basic";
import { Form, TextField } from "../../parts/Form";
import { Tree } from "../../parts/Tree";
import { StatusText } from "../Traffic";
import { canSend, Play, type Outcome } from "./play";

type Step = Control["GotchaStep"];

interface Numbered {
  step: Step;
  part: "before" | "trap" | "solution";
  number: number;
}

/** The player of one gotcha. */
export function Player({ gotcha }: { gotcha: Control["Gotcha"] }): JSX.Element {
  const [play, setPlay] = useState<Play | null>(null);
  const [needsPassword, setNeedsPassword] = useState(false);
  const start = async (): Promise<void> => {
    const trap = await control.post("/gotchas/{gotcha_id}", { path: { gotcha_id: gotcha.id } });
    const next = new Play(trap);
    const password = await next.findPassword();
    if (password !== null) await next.signIn(password);
    setNeedsPassword(password === null);
    setPlay(next);
  };
  const request = () => control.describe("post", "/gotchas/{gotcha_id}", { path: { gotcha_id: gotcha.id } });
  if (!play) {
    return (
      <Card title="Play it" aside={<AsCurl request={request} what="Play" />}>
        <Empty action={<Button primary onClick={start}>Play step by step</Button>}>
          A new workspace is made and brought to the point of the surprise. Then you send each call yourself.
        </Empty>
      </Card>
    );
  }
  if (needsPassword) return <Password play={play} onDone={() => setNeedsPassword(false)} />;
  return <Steps key={play.trap.workspace} play={play} restart={start} />;
}

function Password(props: { play: Play; onDone: () => void }): JSX.Element {
  const [password, setPassword] = useState("");
  const submit = async (): Promise<void> => {
    await props.play.signIn(password);
    props.onDone();
  };
  return (
    <Card title="Sign in">
      <p class="sub">This server does not use the sample's password. Enter the one of {props.play.trap.user}.</p>
      <Form label="Sign in to the gotcha's workspace" submit="Sign in" onSubmit={submit}>
        <TextField label="Password" type="password" value={password} onInput={setPassword} />
      </Form>
    </Card>
  );
}

function Steps(props: { play: Play; restart: () => Promise<void> }): JSX.Element {
  const { play, restart } = props;
  const { trap } = play;
  const [outcomes, setOutcomes] = useState<(Outcome | null)[]>([]);
  const all = number([...trap.played_steps.map(part("before")), ...trap.trap_steps.map(part("trap")), ...trap.solution_steps.map(part("solution"))]);
  const waiting = all.slice(trap.played_steps.length);
  const next = waiting[outcomes.length];
  const send = async (done: (Outcome | null)[]): Promise<(Outcome | null)[]> => {
    const step = waiting[done.length]?.step;
    if (!step) return done;
    const after = [...done, canSend(step) ? await play.send(step) : null];
    setOutcomes(after);
    return after;
  };
  const sendAll = async (): Promise<void> => {
    let done = outcomes;
    while (done.length < waiting.length) done = await send(done);
  };
  return (
    <Card title="Steps" aside={<Workspace trap={trap} />}>
      <ol class="steps">
        {all.map(({ step, part: kind, number: place }, index) => {
          const played = index - trap.played_steps.length;
          const state = played < 0 ? "before" : played < outcomes.length ? "played" : played === outcomes.length ? "next" : "waiting";
          return <StepItem key={place} step={step} kind={kind} state={state} outcome={outcomes[played] ?? null} />;
        })}
      </ol>
      <div class="actions">
        {next ? (
          <>
            <Button primary onClick={() => send(outcomes)}>
              {canSend(next.step) ? `Send step ${next.number}` : `Show step ${next.number}`}
            </Button>
            <Button onClick={sendAll}>Send all</Button>
          </>
        ) : (
          <p role="status">All steps are played.</p>
        )}
        <Button onClick={restart}>Play again</Button>
      </div>
    </Card>
  );
}

const part = (kind: Numbered["part"]) => (step: Step): Omit<Numbered, "number"> => ({ step, part: kind });
const number = (steps: Omit<Numbered, "number">[]): Numbered[] => steps.map((each, index) => ({ ...each, number: index + 1 }));

function Workspace({ trap }: { trap: Control["Trap"] }): JSX.Element {
  return (
    <span class="aside">
      <a href={consoleAddress(trap.workspace)} title={`It is deleted after ${duration(trap.ttl_seconds * 1000)} without a request`}>
        {`Console of ${trap.workspace}`}
      </a>
    </span>
  );
}

const KINDS = { before: "Preparation", trap: "The surprise", solution: "The right way" };

function StepItem(props: { step: Step; kind: Numbered["part"]; state: "before" | "played" | "next" | "waiting"; outcome: Outcome | null }): JSX.Element {
  const { step, kind, state, outcome } = props;
  const item = useRef<HTMLLIElement>(null);
  useEffect(() => {
    if (state === "played") item.current?.scrollIntoView({ block: "nearest" });
  }, [state]);
  return (
    <li ref={item} class={`step ${state}${step.surprise && state === "played" ? " surprise" : ""}`} aria-current={state === "next" ? "step" : undefined}>
      <p class="step-head">
        <b>{step.description}</b> <Chip tone={kind === "solution" ? "ok" : kind === "trap" ? "warn" : "plain"}>{KINDS[kind]}</Chip>
      </p>
      <p class="step-call">
        <span class="mono">{`${step.method} ${step.path.replace(/^\/w\/[^/]+/, "")}`}</span>{" "}
        <CopyButton text={step.curl.join("\n")} what="the call as shell commands" />
      </p>
      {state !== "before" && step.body ? <Tree value={step.body} label="body" open={state === "next" ? 2 : 0} /> : null}
      {state === "before" ? <p class="dim mono">{step.observations.join(" · ")}</p> : null}
      {state === "played" ? <Answer step={step} outcome={outcome} /> : null}
    </li>
  );
}

function Answer({ step, outcome }: { step: Step; outcome: Outcome | null }): JSX.Element {
  return (
    <div class="answer">
      {outcome ? (
        <>
          <p>
            Answer <StatusText status={outcome.status} />
          </p>
          {outcome.data === undefined ? <p class="dim">No body.</p> : typeof outcome.data === "string" ? <pre class="body">{outcome.data}</pre> : <Tree value={outcome.data} open={2} />}
        </>
      ) : (
        <p class="dim">A browser does not let a page send this call: it sets these headers itself. Copy it to send it from a terminal.</p>
      )}
      <p class="dim mono">expected {step.observations.join(" · ")}</p>
      {step.surprise ? (
        <Note tone="warn" label="Surprise">
          {step.surprise}
        </Note>
      ) : null}
    </div>
  );
}
