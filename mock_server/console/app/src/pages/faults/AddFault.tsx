/** The form that adds a fault rule: an effect with its own fields, what it applies to, and when it ends. */

import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { control } from "../../data/control";
import type { ApiError } from "../../data/http";
import { status } from "../../data/live";
import { describeOperation, operationNames } from "../../data/operations";
import { announce } from "../../data/topics";
import type { Control } from "../../data/types";
import { Button, Card, Note } from "../../parts/basic";
import { Form, SelectField, TextField } from "../../parts/Form";
import { toast } from "../../parts/Toast";
import { findLastOperation } from "./clients";
import { parameter } from "../../router";
import { countsAnyOperation, describeEffect, describeEnd, describeMatch, EFFECTS, EMPTY, isJobEffect, RECIPES, STATUSES, toRule, type Draft, type EffectKind } from "./rules";

const FIELDS = Object.keys(EMPTY).concat("fraction", "until");
const METHODS = ["", "GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS"].map((name): [string, string] => [name, name || "any"]);

interface Parts {
  draft: Draft;
  set: (change: Partial<Draft>) => void;
  problem: (field: string) => string | undefined;
}

/** The card with the form. */
export function AddFault(): JSX.Element {
  const [draft, setDraft] = useState<Draft>({ ...EMPTY, operation: parameter("operation") ?? "" });
  const [error, setError] = useState<ApiError | null>(null);
  const parts: Parts = { draft, set: (change) => setDraft({ ...draft, ...change }), problem: (field) => error?.problem(field) };
  const rule = toRule(draft);
  const choose = async (change: Partial<Draft>): Promise<void> => {
    const operation = draft.operation || (change.nth ? await findLastOperation() : "");
    setDraft({ ...EMPTY, operation, ...change });
  };
  const add = async (): Promise<void> => {
    const before = await control.get("/faults");
    const after = await control.post("/faults", { body: rule });
    announce("faults");
    setDraft({ ...draft, id: "" });
    toast(`Rule ${after.rules.at(-1)?.id} is active.`, "ok", { label: "Undo", run: () => void undo(before) });
  };
  return (
    <Card title="Add a rule" span={5}>
      <div class="recipes" role="group" aria-label="Examples">
        {RECIPES.map(([name, change]) => (
          <Button key={name} small onClick={() => choose(change)}>
            {name}
          </Button>
        ))}
      </div>
      <Form label="Add a rule" submit="Add rule" fields={FIELDS} onSubmit={add} onError={setError} request={() => control.describe("post", "/faults", { body: rule })}>
        <SelectField label="Effect" value={draft.effect} options={EFFECTS} onInput={(effect) => parts.set({ effect: effect as EffectKind })} />
        <EffectFields {...parts} />
        <MatchFields {...parts} />
        <EndFields {...parts} />
        <p class="preview" aria-live="polite">
          {sentence(rule)}
        </p>
        {countsAnyOperation(rule) ? (
          <Note tone="warn">Every operation counts, sign-ins too. Choose the operation that your client calls.</Note>
        ) : null}
        {isJobEffect(draft.effect) ? null : <p class="hint">Requests of this console's own pages neither count nor fail.</p>}
      </Form>
    </Card>
  );
}

/** A rule as one sentence. */
function sentence(rule: Control["FaultRuleRequest"]): string {
  const [subject, end] = [describeMatch(rule), describeEnd(rule)];
  return `${subject[0]?.toUpperCase()}${subject.slice(1)} ${describeEffect(rule.effect)}${end ? `, ${end}` : ""}.`;
}

/** Puts rules back; their counters begin again at 0. */
export async function restore(faults: Control["Faults"]): Promise<void> {
  await control.put("/faults", { body: { seed: faults.seed, rules: faults.rules.map(toRequest) } });
  announce("faults");
}

async function undo(before: Control["Faults"]): Promise<void> {
  try {
    await restore(before);
    toast("The rules are as before.", "ok");
  } catch (error) {
    toast(String(error), "bad");
  }
}

/** A rule as a request sends it, without its counters. */
export function toRequest(rule: Control["FaultRule"]): Control["FaultRuleRequest"] {
  const { id, match, effect, times, until } = rule;
  return { id, match, effect, times, until };
}

function Text(props: Parts & { name: keyof Draft; label: string; hint?: string; number?: boolean; field?: string; placeholder?: string }): JSX.Element {
  const { name, draft, set } = props;
  return (
    <TextField
      label={props.label}
      hint={props.hint}
      type={props.number ? "number" : "text"}
      placeholder={props.placeholder}
      value={draft[name]}
      error={props.problem(props.field ?? name)}
      onInput={(value) => set({ [name]: value })}
    />
  );
}

function EffectFields(parts: Parts): JSX.Element | null {
  const { draft, set, problem } = parts;
  switch (draft.effect) {
    case "status":
      return <SelectField label="Status" value={draft.status} options={STATUSES} error={problem("status")} onInput={(value) => set({ status: value })} />;
    case "latency":
      return <LatencyFields {...parts} />;
    case "truncate":
      return <Text {...parts} name="after" number label="Bytes before the end" hint="The last byte of the body is never sent." />;
    case "drip":
      return (
        <div class="row">
          <Text {...parts} name="bytes" number label="Bytes at a time" />
          <Text {...parts} name="milliseconds" number label="Pause, ms" />
        </div>
      );
    case "evaluation":
    case "build":
      return <JobFields {...parts} />;
    case "attribution_run":
      return <SelectField label="The run" value={draft.run} options={[["missed", "is missed"], ["twice", "runs twice"]]} onInput={(run) => set({ run: run as Draft["run"] })} />;
    default:
      return null;
  }
}

function LatencyFields(parts: Parts): JSX.Element {
  const { draft, set } = parts;
  const shapes: [string, string][] = [["fixed", "the same each time"], ["uniform", "uniform, between two"], ["lognormal", "lognormal, with a long tail"]];
  return (
    <>
      <SelectField label="Delay" value={draft.shape} options={shapes} onInput={(shape) => set({ shape: shape as Draft["shape"] })} />
      <div class="row">
        {draft.shape === "fixed" ? <Text {...parts} name="fixed" number label="Milliseconds" /> : null}
        {draft.shape === "uniform" ? <Text {...parts} name="min" number label="From, ms" /> : null}
        {draft.shape === "uniform" ? <Text {...parts} name="max" number label="To, ms" /> : null}
        {draft.shape === "lognormal" ? <Text {...parts} name="median" number label="Median, ms" /> : null}
        {draft.shape === "lognormal" ? <Text {...parts} name="sigma" number label="Sigma" /> : null}
      </div>
    </>
  );
}

function JobFields(parts: Parts): JSX.Element {
  const { draft, set } = parts;
  return (
    <div class="row">
      <SelectField label="The job" value={draft.job} options={[["fails", "fails"], ["extra_seconds", "takes longer"]]} onInput={(job) => set({ job: job as Draft["job"] })} />
      {draft.job === "extra_seconds" ? <Text {...parts} name="extra_seconds" number label="Extra seconds" /> : null}
    </div>
  );
}

function MatchFields(parts: Parts): JSX.Element {
  const { draft, set, problem } = parts;
  const partners = ["", ...(status.value?.partners ?? [])].map((id): [string, string] => [id, id || "any"]);
  const operations = ["", ...operationNames].map((id): [string, string] => [id, id ? describeOperation(id) : "any"]);
  return (
    <>
      {isJobEffect(draft.effect) ? null : (
        <>
          <SelectField label="Operation" value={draft.operation} options={operations} error={problem("operation")} onInput={(operation) => set({ operation })} />
          <div class="row">
            <SelectField label="Method" value={draft.method} options={METHODS} error={problem("method")} onInput={(method) => set({ method })} />
            <Text {...parts} name="path" label="Path" placeholder="/events/*" />
          </div>
        </>
      )}
      {draft.effect === "attribution_run" ? null : (
        <SelectField label="Partner" value={draft.partner} options={partners} error={problem("partner")} onInput={(partner) => set({ partner })} />
      )}
      <div class="row">
        <Text {...parts} name="nth" label="Only these, by number" placeholder="2, 5" />
        <Text {...parts} name="share" number label="Share, %" field="fraction" placeholder="100" />
      </div>
    </>
  );
}

function EndFields(parts: Parts): JSX.Element {
  return (
    <>
      <div class="row">
        <Text {...parts} name="times" number label="At most, times" placeholder="no limit" />
        <Text {...parts} name="until" label="Until (UTC)" placeholder="2026-09-14 12:00:00" />
      </div>
      <Text {...parts} name="id" label="Id of the rule" placeholder="chosen by the server" />
    </>
  );
}
