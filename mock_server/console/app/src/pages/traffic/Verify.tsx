/** Expectations: which requests a client has to send, built from recorded ones and verified against the journal. */

import { signal } from "@preact/signals";
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { control } from "../../data/control";
import { operationNames, pathParameters } from "../../data/operations";
import { recall, remember } from "../../data/storage";
import type { Control } from "../../data/types";
import { workspace } from "../../data/base";
import { plural } from "../../format";
import { Button, Card, Chip, Empty, Note } from "../../parts/basic";
import { CheckField, Form, SelectField, TextField } from "../../parts/Form";
import { href, go } from "../../router";

type Call = Control["CallExpectation"];

/** One condition of an expectation, which can be ticked off. */
interface Condition {
  place: "path" | "query" | "body" | "status" | "partner";
  name: string;
  value: unknown;
  on: boolean;
}

/** An expected request: an operation, how often, and conditions. */
export interface Expectation {
  id: number;
  operation: string;
  how: "at_least" | "count" | "at_most";
  times: string;
  conditions: Condition[];
}

const KEY = `expectations:${workspace}`;

/** The expectations of this tab. */
export const expectations = signal<Expectation[]>(recall<Expectation[]>(KEY) ?? []);
const inOrder = signal(false);
const result = signal<Control["Verification"] | null>(null);

function keep(next: Expectation[]): void {
  expectations.value = next;
  result.value = null;
  remember(KEY, next);
}

/** Adds an expectation. */
export const expect = (made: Omit<Expectation, "id">): void =>
  keep([...expectations.value, { ...made, id: Math.max(0, ...expectations.value.map((each) => each.id)) + 1 }]);

/** Expects a recorded request once or more; its parameters are ticked, its body and status are not. */
export function expectationFrom(entry: Control["JournalEntry"]): Omit<Expectation, "id"> | null {
  const { operation, response, partner } = entry;
  if (!operation) return null;
  const conditions: Condition[] = [];
  const add = (place: Condition["place"], pairs: Record<string, unknown>, on: boolean): void => {
    for (const [name, value] of Object.entries(pairs)) conditions.push({ place, name, value, on });
  };
  add("path", pathParameters(operation, entry.path), true);
  add("query", gather(entry.query), true);
  const body = entry.request.body?.json;
  if (body && typeof body === "object" && !Array.isArray(body)) add("body", body as Record<string, unknown>, false);
  if (partner) add("partner", { partner }, false);
  if (response.status !== null) add("status", { status: response.status }, false);
  return { operation, how: "at_least", times: "1", conditions };
}

function gather(pairs: [string, string][]): Record<string, string | string[]> {
  const found: Record<string, string | string[]> = {};
  for (const [name, value] of pairs) {
    const before = found[name];
    found[name] = before === undefined ? value : [...(Array.isArray(before) ? before : [before]), value];
  }
  return found;
}

function toCall({ operation, how, times, conditions }: Expectation): Call {
  const call: Call = { operation, [how]: Number(times) };
  for (const { place, name, value, on } of conditions) {
    if (!on) continue;
    if (place === "status") call.status = value as number;
    else if (place === "partner") call.partner = value as string;
    else if (place === "body") call.body = { ...call.body, [name]: value };
    else if (place === "query") call.query = { ...call.query, [name]: value as string | string[] };
    else call.path = { ...call.path, [name]: value as string };
  }
  return call;
}

const toBody = (): Control["VerifyRequest"] => ({ expectations: expectations.value.map(toCall), in_order: inOrder.value });

/** The expectations of this tab, and whether they are met. */
export function VerifyCard(): JSX.Element {
  const all = expectations.value;
  const verify = async (): Promise<void> => {
    result.value = await control.post("/journal/verify", { body: toBody() });
  };
  return (
    <div class="grid start">
      <Card title="Expected requests" span={8}>
        {all.length ? null : (
          <Empty action={<Button onClick={() => go(href(["traffic"]))}>Show requests</Button>}>
            Open a request and choose “Expect this”, or add an operation here. Then verify that the client sent it.
          </Empty>
        )}
        <Outcome />
        {all.length ? (
          <Form label="Expectations" submit="Verify" onSubmit={verify} request={() => control.describe("post", "/journal/verify", { body: toBody() })}>
            {all.map((each, index) => (
              <ExpectationFields key={each.id} expectation={each} outcome={result.value?.expectations[index]} />
            ))}
            <CheckField
              label="In this order"
              checked={inOrder.value}
              onInput={(on) => {
                inOrder.value = on;
                result.value = null;
              }}
            />
          </Form>
        ) : null}
      </Card>
      <Card title="Add an operation" span={4}>
        <AddOperation />
      </Card>
    </div>
  );
}

function AddOperation(): JSX.Element {
  const [operation, setOperation] = useState("listPackages");
  const add = (): void => expect({ operation, how: "at_least", times: "1", conditions: [] });
  return (
    <Form label="Add an operation" submit="Add" onSubmit={add}>
      <SelectField label="Operation" value={operation} options={operationNames} onInput={setOperation} />
    </Form>
  );
}

function Outcome(): JSX.Element | null {
  const found = result.value;
  if (!found) return null;
  const { verified, checked, discarded } = found;
  const scope = `${plural(checked, "request")} checked${discarded ? `, ${discarded} no longer in the journal` : ""}.`;
  return (
    <Note tone={verified ? "ok" : "bad"} label={verified ? "Verified" : "Not verified"}>
      {verified ? "The client sent all expected requests. " : "The client did not send all expected requests. "}
      {scope}
    </Note>
  );
}

function change(id: number, next: Partial<Expectation>): void {
  keep(expectations.value.map((each) => (each.id === id ? { ...each, ...next } : each)));
}

function ExpectationFields(props: { expectation: Expectation; outcome: Control["ExpectationResult"] | undefined }): JSX.Element {
  const { id, operation, how, times, conditions } = props.expectation;
  const tick = (index: number, on: boolean): void =>
    change(id, { conditions: conditions.map((each, place) => (place === index ? { ...each, on } : each)) });
  return (
    <fieldset class="expectation">
      <legend class="mono">{operation}</legend>
      <div class="row">
        <SelectField
          label="How often"
          value={how}
          options={[["at_least", "at least"], ["count", "exactly"], ["at_most", "at most"]]}
          onInput={(value) => change(id, { how: value as Expectation["how"] })}
        />
        <TextField label="Times" type="number" min={0} value={times} onInput={(value) => change(id, { times: value })} />
        <div class="field">
          <Button small label={`Remove the expectation of ${operation}`} onClick={() => keep(expectations.value.filter((each) => each.id !== id))}>
            Remove
          </Button>
        </div>
      </div>
      {conditions.map(({ place, name, value, on }, index) => (
        <CheckField key={`${place}/${name}`} checked={on} onInput={(next) => tick(index, next)} label={`${place === name ? "" : `${place} `}${name} = ${JSON.stringify(value)}`} />
      ))}
      {props.outcome ? <OutcomeOf outcome={props.outcome} /> : null}
    </fieldset>
  );
}

function OutcomeOf({ outcome }: { outcome: Control["ExpectationResult"] }): JSX.Element {
  const { verified, expected, matched, near_misses } = outcome;
  return (
    <div class="outcome">
      <p>
        <Chip tone={verified ? "ok" : "bad"}>{verified ? "met" : "not met"}</Chip> expected {expected}, found {matched.length}
        {matched.slice(0, 5).map((number) => (
          <> <RequestLink key={number} number={number} /></>
        ))}
      </p>
      {near_misses.map((miss) => (
        <div key={miss.number} class="miss">
          <p>
            Most similar: <RequestLink number={miss.number} />
          </p>
          <ul>
            {miss.differences.map((each) => (
              <li key={each.field}>
                <span class="mono">{each.field}</span>: expected <code>{JSON.stringify(each.expected)}</code>, sent{" "}
                <code>{JSON.stringify(each.actual)}</code>
              </li>
            ))}
          </ul>
        </div>
      ))}
    </div>
  );
}

function RequestLink({ number }: { number: number }): JSX.Element {
  return <a href={href(["traffic", String(number)], { view: "expect" })}>{`request ${number}`}</a>;
}
