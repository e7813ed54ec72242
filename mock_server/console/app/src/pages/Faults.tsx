/** Fault rules and what they were applied to so far, and the documentation that the workspace follows. */

import type { JSX } from "preact";
import { control } from "../data/control";
import { useResource } from "../data/resource";
import { announce } from "../data/topics";
import type { Control } from "../data/types";
import { count } from "../format";
import type { PageProps } from "../pages";
import { AsCurl, Button, Card, Chip, Empty, Note, PageHead } from "../parts/basic";
import { confirm } from "../parts/Dialog";
import { Load } from "../parts/Load";
import { Table, type Column } from "../parts/Table";
import { href } from "../router";
import { AddFault, restore, toRequest } from "./faults/AddFault";
import { Documents } from "./faults/Documents";
import { describeEffect, describeEnd, describeMatch } from "./faults/rules";

type Faults = Control["Faults"];
type Rule = Control["FaultRule"];

/** The page; `#/faults/f1` marks the rule f1. */
export function FaultsPage({ rest }: PageProps): JSX.Element {
  const faults = useResource("faults", {
    load: (abort) => control.get("/faults", {}, abort),
    request: () => control.describe("get", "/faults"),
    on: ["faults", "jobs", "clock"],
  });
  return (
    <>
      <PageHead title="Faults" sub="Rules that make requests or jobs fail on purpose, in this workspace only." />
      <div class="grid start">
        <div class="stack start c7">
          <Card title="Rules" aside={<Aside faults={faults.value} />}>
            <div class="fault-rules">
              <Load of={faults}>{(value) => <Rules faults={value} named={rest[0]} />}</Load>
            </div>
          </Card>
          <Documents />
        </div>
        <AddFault />
      </div>
    </>
  );
}

function Aside({ faults }: { faults: Faults | undefined }): JSX.Element {
  return (
    <span class="aside">
      {faults ? <span class="dim" title="The seed decides which requests a share selects, and how long each delay is">{`seed ${faults.seed}`}</span> : null}
      <AsCurl request={() => control.describe("get", "/faults")} what="the rules" />
      {faults?.rules.length ? (
        <button type="button" class="link" onClick={() => removeAll(faults)}>
          Remove all
        </button>
      ) : null}
    </span>
  );
}

const UNDO = "Undo adds the rules again, with counters at 0, while the message is shown, which is 20 seconds.";

function removeAll(faults: Faults): void {
  confirm({
    undoable: { keep: async () => () => restore(faults), how: UNDO },
    title: "Remove all fault rules?",
    lost: "All rules and their counters. Tokens that a rule revoked are valid again; a delayed job keeps its later due time.",
    action: "Remove all rules",
    request: () => control.describe("delete", "/faults"),
    run: async () => {
      await control.delete("/faults");
      announce("faults");
    },
    done: "There are no fault rules.",
  });
}

function remove(rule: Rule): void {
  const path = { rule_id: rule.id };
  confirm({
    title: `Remove the fault rule ${rule.id}?`,
    lost: "The rule and its counters. The other rules and their counters stay.",
    action: "Remove the rule",
    undoable: {
      keep: async () => async () => {
        await control.post("/faults", { body: toRequest(rule) });
        announce("faults");
      },
      how: "Undo adds the rule again, after the others and with counters at 0, while the message is shown, which is 20 seconds.",
    },
    request: () => control.describe("delete", "/faults/{rule_id}", { path }),
    run: async () => {
      await control.delete("/faults/{rule_id}", { path });
      announce("faults");
    },
    done: `Removed ${rule.id}.`,
  });
}

function Rules({ faults, named }: { faults: Faults; named: string | undefined }): JSX.Element {
  const gone = named !== undefined && !faults.rules.some((rule) => rule.id === named);
  return (
    <>
      {gone ? <Note label="No such rule">There is no fault rule {named}. It was removed, or the workspace was reset.</Note> : null}
      {faults.rules.length ? (
        <Table
          label="Fault rules, in the order in which they are tried"
          columns={COLUMNS}
          rows={faults.rules}
          rowKey={(rule) => rule.id}
          rowClass={(rule) => (rule.id === named ? "marked" : undefined)}
        />
      ) : (
        <Empty>There are no fault rules: every request and every job goes its usual way. Choose an effect and add a rule.</Empty>
      )}
    </>
  );
}

const COLUMNS: Column<Rule>[] = [
  { key: "id", title: "Rule", cell: (rule) => <a class="id" href={href(["faults", rule.id])}>{rule.id}</a> },
  { key: "what", title: "What happens", cell: (rule) => <What rule={rule} /> },
  { key: "matched", title: "Matched", number: true, cell: (rule) => count(rule.matched) },
  { key: "applied", title: "Applied", number: true, cell: (rule) => <Applied rule={rule} /> },
  {
    key: "remove",
    title: "Actions",
    cell: (rule) => (
      <Button small label={`Remove ${rule.id}`} onClick={() => remove(rule)}>
        Remove
      </Button>
    ),
  },
];

function What({ rule }: { rule: Rule }): JSX.Element {
  const subject = describeMatch(rule);
  return (
    <>
      <div>{`${subject[0]?.toUpperCase()}${subject.slice(1)} ${describeEffect(rule.effect)}`}</div>
      <div class="dim">
        {[describeEnd(rule), rule.milliseconds ? `${count(rule.milliseconds)} ms of delay so far` : ""].filter(Boolean).join("; ")}{" "}
        {rule.expired ? <Chip title="The rule is not applied any more">used up</Chip> : <Chip tone="bad">active</Chip>}
      </div>
    </>
  );
}

const JOB_EFFECTS = ["evaluation", "build", "attribution_run"];

function Applied({ rule }: { rule: Rule }): JSX.Element {
  const text = count(rule.applied);
  if (!rule.applied) return <>{text}</>;
  if (Object.keys(rule.effect).some((name) => JOB_EFFECTS.includes(name))) return <a href={href(["time"])}>{text}</a>;
  return (
    <a href={href(["traffic"], { q: `fault:${rule.id}` })} title={`Requests to which ${rule.id} was applied`}>
      {text}
    </a>
  );
}
