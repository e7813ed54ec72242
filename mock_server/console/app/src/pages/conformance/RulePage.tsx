/** A rule in a report: its claim by part, the basis of each, and the evidence of the run. */

import type { JSX } from "preact";
import { useResource } from "../../data/resource";
import { plural, relative } from "../../format";
import { Card, Chip, Command, Empty, PageHead } from "../../parts/basic";
import { Load } from "../../parts/Load";
import { Table, type Column } from "../../parts/Table";
import { href } from "../../router";
import { isPartial, labelOf, loadRules, splitDifference, toneOf, type Outcome, type Report, type Rule, type RuleVerdict } from "./report";

/** The page. */
export function RulePage(props: { report: Report; number: string; id: string }): JSX.Element {
  const { report, number, id } = props;
  const rules = useResource("conformance/rules", { load: loadRules });
  const found = report.rules.find((rule) => rule.id === id);
  const outcomes = report.outcomes.filter((outcome) => outcome.rules.includes(id));
  const worst = [...outcomes].sort((left, right) => Number(left.verdict === "pass") - Number(right.verdict === "pass"));
  return (
    <>
      <PageHead
        title={id}
        chip={found ? <VerdictChip rule={found} /> : null}
        sub={
          <>
            <a href={href(["conformance"])}>Reports</a> · <a href={href(["conformance", number])}>{`report ${number}`}</a>, {relative(report.run.end, Date.now())}
            {found?.reason ? ` · ${found.reason}` : ""}
          </>
        }
      />
      <div class="grid">
        <Card title="What the rule says">
          <Load of={rules}>{(all) => <Parts rule={all.get(id)} found={found} outcomes={outcomes} />}</Load>
        </Card>
        <Card title="Evidence" aside={<span class="dim">{plural(outcomes.length, "outcome")}</span>}>
          {outcomes.length ? (
            <ul class="plain-list evidence">
              {worst.map((outcome, index) => (
                <Evidence key={index} outcome={outcome} />
              ))}
            </ul>
          ) : (
            <Empty>No contract of this run decided about the rule.</Empty>
          )}
        </Card>
      </div>
    </>
  );
}

/** The verdict on a rule. */
export function VerdictChip({ rule }: { rule: RuleVerdict }): JSX.Element {
  return <Chip tone={toneOf(rule.verdict)}>{labelOf(rule.verdict, isPartial(rule))}</Chip>;
}

const BASES = {
  stated: "The vendor's documentation states it.",
  shown: "Only an example of the documentation shows it.",
  ruled: "The documentation is silent or contradicts itself; this project decided.",
};

type Part = Rule["parts"][number];

function Parts(props: { rule: Rule | undefined; found: RuleVerdict | undefined; outcomes: Outcome[] }): JSX.Element {
  const { rule, found, outcomes } = props;
  if (!rule) return <Empty>This version of the console does not know the rule.</Empty>;
  const columns: Column<Part>[] = [
    { key: "part", title: "Part", cell: (part) => <span class="mono">{part.id.split(".")[1]}</span> },
    { key: "claim", title: "Claim", cell: (part) => <Claim text={part.claim} /> },
    {
      key: "basis",
      title: "Basis",
      cell: (part) => <Chip title={BASES[part.basis]} tone={part.basis === "ruled" ? "warn" : "plain"}>{part.basis === "ruled" ? "assumed" : part.basis}</Chip>,
    },
    {
      key: "run",
      title: "In this run",
      cell: (part) => <PartState part={part} found={found} outcomes={outcomes} />,
    },
  ];
  return (
    <>
      <p class="sub">
        {rule.level} · {rule.area} · {rule.documented_in}
      </p>
      <Table label={`Parts of ${rule.id}`} columns={columns} rows={rule.parts} rowKey={(part) => part.id} />
    </>
  );
}

/** What the run found about a part. Results of earlier versions do not name the parts that a contract checks. */
function PartState(props: { part: Part; found: RuleVerdict | undefined; outcomes: Outcome[] }): JSX.Element {
  const { part, found, outcomes } = props;
  if (outcomes.some((outcome) => outcome.broken_parts?.includes(part.id))) return <Chip tone="bad">broken</Chip>;
  if (!outcomes.some((outcome) => outcome.parts?.length)) return <span class="dim">not recorded</span>;
  const decided = outcomes.filter((outcome) => outcome.verdict !== "not applicable" && outcome.verdict !== "blocked");
  const isChecked = decided.some((outcome) => outcome.parts?.includes(part.id)) && !found?.unchecked_parts?.includes(part.id);
  return isChecked ? <Chip tone="ok">checked</Chip> : <Chip>not checked</Chip>;
}

/** A claim, whose names between back quotes are code. */
function Claim({ text }: { text: string }): JSX.Element {
  return <>{text.split(/`([^`]+)`/).map((each, index) => (index % 2 ? <code key={index}>{each}</code> : each))}</>;
}

function Evidence({ outcome }: { outcome: Outcome }): JSX.Element {
  const { contract, verdict, reason, expected, seen, calls, requests } = outcome;
  return (
    <li>
      <p>
        <Chip tone={toneOf(verdict)}>{labelOf(verdict)}</Chip> {contract.split("::").at(-1)?.replaceAll("_", " ")}
        {outcome.case ? <span class="dim">{` · ${outcome.case}`}</span> : null}
      </p>
      {reason ? <p>{reason}</p> : null}
      {expected || seen ? <Sides expected={expected} seen={seen} /> : null}
      {calls.map((call) => (
        <Command key={call} text={call} what="the call" />
      ))}
      <p class="dim mono evidence-id">
        {contract} · {outcome.kind} · {plural(requests, "request")}
      </p>
    </li>
  );
}

function Sides({ expected, seen }: { expected: string; seen: string }): JSX.Element {
  const [before, wanted, got, after] = splitDifference(expected, seen);
  const sides: [string, string][] = [["Expected", wanted], ["Seen", got]];
  return (
    <dl class="sides">
      {sides.map(([name, text]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>
            <pre class="body">
              {before}
              {text ? <mark>{text}</mark> : <mark class="gap" title="nothing here" />}
              {after}
            </pre>
          </dd>
        </div>
      ))}
    </dl>
  );
}
