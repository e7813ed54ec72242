/** The reports of contract runs: verdicts, rules by area, one rule, and two reports compared. */

import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { absolute, serverBase } from "../data/base";
import { control } from "../data/control";
import { useResource, type Resource } from "../data/resource";
import type { Control } from "../data/types";
import { count, duration, instant, plural, relative, toMillis } from "../format";
import type { PageProps } from "../pages";
import { AsCurl, Button, Card, Chip, Command, Empty, Instant, Note, PageHead } from "../parts/basic";
import { confirm } from "../parts/Dialog";
import { SelectField } from "../parts/Form";
import { Load } from "../parts/Load";
import { Table, type Column } from "../parts/Table";
import { go, href, parameter, setParameters } from "../router";
import { compare, countVerdicts, differingFacts, labelOf, loadRules, toneOf, VERDICTS, type Change, type Report, type RuleVerdict, type Verdict } from "./conformance/report";
import { RulePage, VerdictChip } from "./conformance/RulePage";

type Summary = Control["ReportSummary"];

/** The page: `#/conformance`, `/3`, `/3/BEV-07`, `/compare/2/3`. */
export function ConformancePage({ rest }: PageProps): JSX.Element {
  const [first, second, third] = rest;
  if (first === "compare" && second && third) return <Comparison key={rest.join("/")} old={second} next={third} />;
  if (first) return <OneReport key={first} number={first} rule={second} />;
  return <Reports />;
}

function useReport(number: string) {
  return useResource(`conformance/report/${number}`, {
    load: async (abort) => (await control.get("/reports/{report_id}", { path: { report_id: number } }, abort)) as unknown as Report,
    request: () => control.describe("get", "/reports/{report_id}", { path: { report_id: number } }),
  });
}

const LOOK_EVERY_MS = 5000;

/** Loads the list again and again while it is shown: the stream of a workspace does not tell of the server's reports. */
function useLook(reports: Resource<Summary[]>): void {
  useEffect(() => {
    const timer = window.setInterval(() => {
      if (!document.hidden) reports.later();
    }, LOOK_EVERY_MS);
    return () => window.clearInterval(timer);
  }, [reports]);
}

function Reports(): JSX.Element {
  const reports = useResource("conformance/reports", {
    load: (abort) => control.get("/reports", {}, abort),
    request: () => control.describe("get", "/reports"),
  });
  useLook(reports);
  return (
    <>
      <PageHead title="Conformance" sub="What the contracts found on a deployment of the platform. The server keeps the last 20 reports." />
      <div class="grid start">
        <Card title="Reports" span={8} aside={<AsCurl request={() => control.describe("get", "/reports")} what="the reports" />}>
          <Load of={reports} lines={4}>
            {(all) =>
              all.length ? (
                <Table label="Reports, newest first" columns={columnsOf(() => reports.refresh())} rows={all} rowKey={(row) => row.id} tall />
              ) : (
                <Empty>No reports yet. Run the contracts with <span class="nowrap">--console</span>, or give the server a result.json.</Empty>
              )
            }
          </Load>
        </Card>
        <div class="stack start c4">
          <Give onGiven={() => reports.refresh()} />
          {(reports.value?.length ?? 0) > 1 ? <CompareForm all={reports.value ?? []} /> : null}
        </div>
      </div>
    </>
  );
}

function columnsOf(reload: () => Promise<void>): Column<Summary>[] {
  return [
    { key: "id", title: "Report", number: true, sort: (row) => row.id, cell: (row) => <a href={href(["conformance", String(row.id)])}>{row.id}</a> },
    {
      key: "target",
      title: "Target",
      sort: (row) => row.target,
      cell: (row) => (
        <>
          <span class="break">{row.target}</span>
          <div class="dim">{[row.profile, row.documentation && `${row.documentation} documents`].filter(Boolean).join(", ")}</div>
        </>
      ),
    },
    {
      key: "end",
      title: "Ended (UTC)",
      sort: (row) => row.end,
      cell: (row) => (
        <>
          <Instant at={row.end}>{instant(row.end)}</Instant>
          <div class="dim">{ageOf(row.end)}</div>
        </>
      ),
    },
    { key: "verdicts", title: "Rules", cell: (row) => <Tally verdicts={row.verdicts} /> },
    {
      key: "do",
      title: "Actions",
      cell: (row) => (
        <Button small label={`Remove report ${row.id}`} onClick={() => remove(row, reload)}>
          Remove
        </Button>
      ),
    },
  ];
}

/** How long ago a run ended, by the browser's clock: runs end in real time, whatever the workspace's clock shows. */
const ageOf = (end: string): string => relative(end, Date.now());

function remove(row: Summary, reload: () => Promise<void>): void {
  const path = { report_id: String(row.id) };
  confirm({
    title: `Remove report ${row.id}?`,
    lost: `This removes the report on ${row.target} of ${instant(row.end)} UTC. If it is given again, it gets a new number.`,
    action: "Remove",
    undoable: {
      how: "A copy of the report is kept in this tab. You can undo this while the message is shown, which is 20 seconds.",
      keep: async () => {
        const body = await control.get("/reports/{report_id}", { path });
        return async () => {
          await control.post("/reports", { body });
          await reload();
        };
      },
    },
    request: () => control.describe("delete", "/reports/{report_id}", { path }),
    run: async () => {
      await control.delete("/reports/{report_id}", { path });
      await reload();
    },
    done: `Removed report ${row.id}.`,
  });
}

function Tally({ verdicts }: { verdicts: Record<string, number> }): JSX.Element {
  return (
    <span class="chips">
      {VERDICTS.filter((verdict) => verdicts[verdict] && verdict !== "not applicable").map((verdict) => (
        <Chip key={verdict} tone={toneOf(verdict)}>{`${count(verdicts[verdict] ?? 0)} ${labelOf(verdict)}`}</Chip>
      ))}
    </span>
  );
}

function Give(props: { onGiven: () => Promise<void> }): JSX.Element {
  const [failure, setFailure] = useState<string | null>(null);
  const command = `contracts run --base-url ${absolute(serverBase).replace(/_mock$/, "api/v3")} --console ${absolute(serverBase).replace(/\/_mock$/, "")}`;
  const give = async (input: HTMLInputElement): Promise<void> => {
    const file = input.files?.[0];
    if (!file) return;
    try {
      const made = await control.post("/reports", { body: JSON.parse(await file.text()) as never });
      setFailure(null);
      await props.onGiven();
      go(href(["conformance", String(made.id)]));
    } catch (error) {
      setFailure(error instanceof SyntaxError ? `${file.name} is not JSON.` : (error as Error).message);
    }
    input.value = "";
  };
  return (
    <Card title="Add a report">
      <p class="sub">Run the contracts against this server or any other, and send the result here:</p>
      <Command text={command} what="the command" />
      <div class="file-picker">
        {failure ? (
          <Note tone="bad" label="Refused">
            {failure}
          </Note>
        ) : null}
        <label for="report-file">Or choose a result.json</label>
        <input id="report-file" type="file" accept="application/json,.json" onChange={(event) => void give(event.currentTarget)} />
      </div>
    </Card>
  );
}

function CompareForm({ all }: { all: Summary[] }): JSX.Element {
  const [old, setOld] = useState(String(all[1]?.id));
  const [next, setNext] = useState(String(all[0]?.id));
  const options = all.map((row): [string, string] => [String(row.id), `${row.id}: ${row.target}, ${instant(row.end)}`]);
  return (
    <Card title="Compare two reports">
      <SelectField label="Earlier" value={old} options={options} onInput={setOld} />
      <SelectField label="Later" value={next} options={options} onInput={setNext} />
      <p class="actions">
        <Button onClick={() => go(href(["conformance", "compare", old, next]))}>Compare</Button>
      </p>
    </Card>
  );
}

function OneReport(props: { number: string; rule: string | undefined }): JSX.Element {
  const report = useReport(props.number);
  const { value } = report;
  if (value && props.rule) return <RulePage report={value} number={props.number} id={props.rule} />;
  return (
    <>
      <PageHead
        title={`Report ${props.number}`}
        chip={value ? <Ended report={value} /> : null}
        sub={
          <>
            <a href={href(["conformance"])}>Reports</a>
            {value ? ` · ${describeRun(value)}` : ""}
          </>
        }
      />
      <Load of={report} lines={8}>
        {(found) => <Verdicts report={found} number={props.number} />}
      </Load>
    </>
  );
}

function describeRun({ run }: Report): string {
  const seconds = duration(toMillis(run.end) - toMillis(run.start));
  const facts: (string | null)[] = [run.target, run.profile, run.seed === undefined ? null : `seed ${run.seed}`];
  facts.push(`${instant(run.start)} UTC, ${seconds}`, ageOf(run.end), run.requests === undefined ? null : plural(run.requests, "request"));
  return facts.filter(Boolean).join(" · ");
}

function Ended({ report }: { report: Report }): JSX.Element {
  const words: Record<number, [string, "ok" | "bad" | "warn"]> = { 0: ["conforms", "ok"], 1: ["a rule is broken", "bad"], 3: ["proves nothing", "warn"] };
  const [text, tone] = words[report.exit_code] ?? ["unknown", "warn"];
  return (
    <Chip tone={tone} title={report.ended || undefined}>
      {text}
    </Chip>
  );
}

function Verdicts({ report, number }: { report: Report; number: string }): JSX.Element {
  const chosen = parameter("verdict");
  const rules = useResource("conformance/rules", { load: loadRules });
  const shown = report.rules.filter((rule) => chosen === null || rule.verdict === chosen);
  const areas = new Map<string, RuleVerdict[]>();
  for (const rule of shown) {
    const area = rules.value?.get(rule.id)?.area ?? rule.id.split("-")[0] ?? "";
    areas.set(area, [...(areas.get(area) ?? []), rule]);
  }
  return (
    <>
      {report.ended ? <Note label="Stopped early">{report.ended}</Note> : null}
      <div class="tiles" role="group" aria-label="Verdicts">
        {countVerdicts(report.rules).map(([verdict, total]) => (
          <Tile key={verdict} verdict={verdict} total={total} chosen={chosen === verdict} />
        ))}
      </div>
      <div class="grid start">
        {[...areas].map(([area, all]) => (
          <Card key={area} title={titleOf(area)} span={4}>
            <ul class="rules">
              {all.map((rule) => (
                <li key={rule.id}>
                  <a class="id" href={href(["conformance", number, rule.id])}>
                    {rule.id}
                  </a>
                  <VerdictChip rule={rule} />
                  {rule.reason ? <span class="dim">{rule.reason}</span> : null}
                </li>
              ))}
            </ul>
          </Card>
        ))}
      </div>
    </>
  );
}

/** `campaign-results` as a title. */
const titleOf = (area: string): string => `${area[0]?.toUpperCase()}${area.slice(1).replaceAll("-", " ")}`;

function Tile(props: { verdict: Verdict; total: number; chosen: boolean }): JSX.Element {
  const { verdict, total, chosen } = props;
  return (
    <button type="button" class={`tile ${toneOf(verdict)}`} aria-pressed={chosen} onClick={() => setParameters({ verdict: chosen ? null : verdict })}>
      <b>{count(total)}</b>
      <span>{labelOf(verdict)}</span>
    </button>
  );
}

function Comparison(props: { old: string; next: string }): JSX.Element {
  const { old, next } = props;
  const [before, after] = [useReport(old), useReport(next)];
  return (
    <>
      <PageHead
        title={`Report ${next} compared with ${old}`}
        sub={
          <>
            <a href={href(["conformance"])}>Reports</a> · <a href={href(["conformance", old])}>{`report ${old}`}</a> ·{" "}
            <a href={href(["conformance", next])}>{`report ${next}`}</a> · <a href={href(["conformance", "compare", next, old])}>the other way round</a>
          </>
        }
      />
      <Load of={before}>{(left) => <Load of={after}>{(right) => <Changes left={left} right={right} next={next} old={old} />}</Load>}</Load>
    </>
  );
}

function Changes(props: { left: Report; right: Report; old: string; next: string }): JSX.Element {
  const { left, right, old, next } = props;
  const facts = differingFacts(left.run, right.run);
  return (
    <>
      {facts.length ? <Note>{`The runs have different ${facts.join(", ")}, so some verdicts may differ.`}</Note> : null}
      <div class="grid start">
        {compare(left, right).map(([title, changes]) => (
          <Card key={title} title={title} aside={<span class="dim">{plural(changes.length, "rule")}</span>}>
            {changes.length ? <ChangeTable title={title} changes={changes} old={old} next={next} /> : <p class="dim">No rules.</p>}
          </Card>
        ))}
      </div>
    </>
  );
}

function ChangeTable(props: { title: string; changes: Change[]; old: string; next: string }): JSX.Element {
  const side = (number: string, rule: RuleVerdict | undefined): JSX.Element =>
    rule ? (
      <a class="side-link" href={href(["conformance", number, rule.id])}>
        <VerdictChip rule={rule} />
      </a>
    ) : (
      <span class="dim">not in this report</span>
    );
  const columns: Column<Change>[] = [
    { key: "id", title: "Rule", cell: (change) => <span class="id">{change.id}</span> },
    { key: "old", title: `Report ${props.old}`, cell: (change) => side(props.old, change.old) },
    { key: "new", title: `Report ${props.next}`, cell: (change) => side(props.next, change.new) },
    { key: "reason", title: "Reason", cell: (change) => <span class="break">{change.new?.reason || change.old?.reason || ""}</span> },
  ];
  return <Table label={`${props.title}: rules`} columns={columns} rows={props.changes} rowKey={(change) => change.id} />;
}
