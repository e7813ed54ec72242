/** The table of packages, with a filter and what can be done with those that are chosen. */

import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { control } from "../../data/control";
import { ApiError } from "../../data/http";
import { jobs, now } from "../../data/live";
import { partnerId } from "../../data/partner";
import { platform } from "../../data/platform";
import { useResource, type Resource } from "../../data/resource";
import type { Control, Platform } from "../../data/types";
import { date, instant, plural, relative } from "../../format";
import { AsCurl, Button, Chip, Empty, Instant, Note } from "../../parts/basic";
import { explain } from "../../parts/explain/links";
import { SelectField, TextField } from "../../parts/Form";
import { canRegenerate, ComparedWithDefaults, PackageStatusChip, SettingsHeld } from "../../parts/packages";
import { Table, type Column } from "../../parts/Table";
import { toast } from "../../parts/Toast";
import { WhenSeen } from "../../parts/WhenSeen";
import { href, parameter, setParameters } from "../../router";

type Package = Platform["Package"];
type Packages = Resource<Package[]>;

const STATUSES = ["INITIALIZING", "INPROGRESS", "DONE", "FAILED", "EXPIRED"];

/** The table. */
export function PackageList(props: {
  all: Package[];
  packages: Packages;
  defaults: Platform["BackhaulDefaults"] | undefined;
}): JSX.Element {
  const { all, packages, defaults } = props;
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [fresh, setFresh] = useState<string | null>(null);
  const states = useStates();
  const known = new Map((states.value ?? []).map((state) => [state.id, state]));
  const text = parameter("filter") ?? "";
  const status = parameter("status") ?? "";
  const rows = all.filter((each) => matches(each, text, status));
  const choose = (id: string, on: boolean): void => {
    const next = new Set(chosen);
    if (on) next.add(id);
    else next.delete(id);
    setChosen(next);
  };
  const onMerged = (made: Package): void => {
    setChosen(new Set());
    setFresh(made.id);
  };
  if (!all.length) {
    return <Empty action={<a href={href(["packages"], { new: 1 })}>Create one</a>}>This partner has no packages.</Empty>;
  }
  return (
    <>
      <div class="toolbar">
        <TextField label="Filter by title, id or event" quiet type="search" placeholder="Title, id or event" value={text} onInput={(filter) => setParameters({ filter })} />
        <SelectField
          label="Status"
          quiet
          value={status}
          options={[["", "Any status"], ...STATUSES.map((each): [string, string] => [each, each])]}
          onInput={(next) => setParameters({ status: next })}
        />
        <Merge ids={all.map((each) => each.id).filter((id) => chosen.has(id))} packages={packages} onMerged={onMerged} />
      </div>
      <NotKnown of={states} />
      {rows.length ? (
        <Table
          label="Packages"
          rows={rows}
          rowKey={(row) => row.id}
          rowClass={(row) => (row.id === fresh ? "fresh" : chosen.has(row.id) ? "marked" : undefined)}
          columns={columns({ chosen, choose, packages, defaults, states: known })}
        />
      ) : (
        <Empty action={<Button onClick={() => setParameters({ filter: null, status: null })}>Clear the filter</Button>}>
          No package matches.
        </Empty>
      )}
    </>
  );
}

function matches(each: Package, text: string, status: string): boolean {
  if (status && each.status !== status) return false;
  const words = [each.title, each.id, ...each.events.flatMap((event) => [event.id, event.title])];
  return words.some((word) => word.toLowerCase().includes(text.toLowerCase()));
}

function columns(context: {
  chosen: ReadonlySet<string>;
  choose: (id: string, on: boolean) => void;
  packages: Packages;
  defaults: Platform["BackhaulDefaults"] | undefined;
  states: ReadonlyMap<string, State>;
}): Column<Package>[] {
  const { chosen, choose, packages, defaults, states } = context;
  return [
    {
      key: "choose",
      title: "Merge",
      cell: (row) => (
        <input
          type="checkbox"
          aria-label={`Choose ${row.id}`}
          checked={chosen.has(row.id)}
          onChange={(event) => choose(row.id, event.currentTarget.checked)}
        />
      ),
    },
    {
      key: "title",
      title: "Package",
      sort: (row) => row.title,
      cell: (row) => (
        <span class="two-lines">
          <a href={href(["packages", row.id])}>{row.title}</a>
          <small>
            <span class="id">{row.id}</span> · {plural(row.events.length, "event")}
            {row.merge_id ? <> · merged into {row.merge_id}</> : null}
          </small>
        </span>
      ),
    },
    { key: "status", title: "Status", sort: (row) => row.status, cell: (row) => <Status row={row} packages={packages} /> },
    { key: "settings", title: "Settings held", cell: (row) => <WhenSeen>{() => <SettingsHeld id={row.id} />}</WhenSeen> },
    {
      key: "defaults",
      title: "Compared with the defaults",
      cell: (row) => <WhenSeen>{() => <ComparedWithDefaults id={row.id} defaults={defaults} />}</WhenSeen>,
    },
    { key: "result", title: "Result", cell: (row) => <Result state={states.get(row.id)} /> },
    { key: "built", title: "Created", sort: (row) => row.created_at, cell: (row) => <Built row={row} /> },
  ];
}

function Status(props: { row: Package; packages: Packages }): JSX.Element {
  const { row, packages } = props;
  const options = { path: { package_id: row.id } };
  const path = "/package_builder/packages/{package_id}/regenerate";
  const regenerate = async (): Promise<void> => {
    await platform.post(path, options);
    await packages.refresh();
    toast(`${row.id} is built again.`, "ok");
  };
  return (
    <span class="two-lines">
      <PackageStatusChip status={row.status} />
      {canRegenerate(row.status) ? (
        <span class="cell-actions">
          <Button small label={`Regenerate ${row.id}`} onClick={regenerate}>
            Regenerate
          </Button>
          <AsCurl request={() => platform.describe("post", path, options)} what={`Regenerate ${row.id}`} />
        </span>
      ) : null}
    </span>
  );
}

function Built(props: { row: Package }): JSX.Element {
  const { row } = props;
  const expiry = (jobs.value ?? []).find(
    (job) => job.kind === "package_expiry" && job.subject === row.id && job.state === "pending",
  );
  return (
    <span class="two-lines">
      <Instant at={row.created_at}>{date(row.created_at)}</Instant>
      {expiry && now.value !== null ? <small class="line" title={`${instant(expiry.due)} UTC`}>expires {relative(expiry.due, now.value)}</small> : null}
    </span>
  );
}

type State = Control["PackageState"];

/** How old the result is, and whether it belongs to older settings. Only the mock knows both. */
function Result(props: { state: State | undefined }): JSX.Element | null {
  const { state } = props;
  const at = now.value;
  if (!state || at === null) return null;
  const { id, evaluated_at: evaluated, due, stale } = state;
  return (
    <span class="two-lines">
      {evaluated ? (
        <a class="ask line" href={explain("evaluation", id)} title={`${instant(evaluated)} UTC`}>
          {relative(evaluated, at)}
        </a>
      ) : (
        <span class="dim">none</span>
      )}
      {stale || due ? (
        <small class="line">
          <Chip tone="warn">{evaluated ? "stale" : "pending"}</Chip> {due ? `due ${relative(due, at)}` : "no job is pending"}
        </small>
      ) : null}
    </span>
  );
}

/** The mock's own view of the partner's packages. */
function useStates(): Resource<State[]> {
  const query = { partner_id: partnerId() };
  return useResource("packages/states", {
    load: (abort) => control.get("/packages", { query }, abort),
    on: ["jobs", "writes"],
  });
}

function NotKnown({ of }: { of: Resource<State[]> }): JSX.Element | null {
  const { error, value } = of.state.value;
  if (!error || value) return null;
  return (
    <Note label="Not known" action={<Button onClick={() => of.refresh()}>Try again</Button>}>
      The mock does not say how old the results are: {error.message}
    </Note>
  );
}

function Merge(props: { ids: string[]; packages: Packages; onMerged: (made: Package) => void }): JSX.Element {
  const { ids, packages, onMerged } = props;
  const [refused, setRefused] = useState<string | null>(null);
  const options = { query: { packages_ids: ids } };
  const merge = async (): Promise<void> => {
    try {
      const made = await platform.post("/package_builder/packages/merge", options);
      setRefused(null);
      await packages.refresh();
      toast(`Merged ${ids.join(" and ")} into ${made.id}.`, "ok");
      onMerged(made);
    } catch (error) {
      setRefused(error instanceof ApiError ? error.message : String(error));
    }
  };
  return (
    <>
      <span class="actions">
        <Button disabled={ids.length === 0} onClick={merge}>
          {ids.length ? `Merge ${plural(ids.length, "package")}` : "Merge"}
        </Button>
        {ids.length ? <AsCurl request={() => platform.describe("post", "/package_builder/packages/merge", options)} what="Merge" /> : null}
      </span>
      {refused ? <Note tone="bad">{refused}</Note> : null}
    </>
  );
}
