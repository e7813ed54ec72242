/** The server's workspaces: list, create, fork, reset and delete. */

import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { consoleAddress, serverBase, workspace } from "../data/base";
import { control, controlHeaders, sendToControl } from "../data/control";
import type { ApiError } from "../data/http";
import { status } from "../data/live";
import { useResource } from "../data/resource";
import { announce } from "../data/topics";
import type { Control } from "../data/types";
import { count, duration, instant } from "../format";
import type { PageProps } from "../pages";
import { AsCurl, Button, Card, Chip, Instant, PageHead } from "../parts/basic";
import { confirm } from "../parts/Dialog";
import { Form, SelectField, TextField } from "../parts/Form";
import { Load } from "../parts/Load";
import { Table, type Column } from "../parts/Table";
import { toast } from "../parts/Toast";

type Workspace = Control["Workspace"];

/** The page. */
export function WorkspacesPage(_props: PageProps): JSX.Element {
  const workspaces = useResource("workspaces/list", {
    load: (abort) => control.get("/workspaces", {}, abort),
    request: () => control.describe("get", "/workspaces"),
    on: ["workspaces", "clock"],
  });
  return (
    <>
      <PageHead title="Workspaces" sub="Each workspace has its own clock, records, ids, faults and tokens. Tests and people do not disturb each other." />
      <div class="grid start">
        <Card title="On this server" span={8} aside={<AsCurl request={() => control.describe("get", "/workspaces")} what="the workspaces" />}>
          <Load of={workspaces} lines={4}>
            {(all) => <Table label="Workspaces" columns={COLUMNS} rows={all} rowKey={(row) => row.name} rowClass={(row) => (row.name === workspace ? "marked" : undefined)} tall />}
          </Load>
        </Card>
        <div class="stack start c4">
          <CreateCard />
          <ForkCard />
          <ResetCard />
        </div>
      </div>
    </>
  );
}

const COLUMNS: Column<Workspace>[] = [
  { key: "name", title: "Name", sort: (row) => row.name, cell: (row) => <Name row={row} /> },
  {
    key: "clock",
    title: "Clock (UTC)",
    cell: (row) => (
      <>
        <Instant at={row.clock.now}>{instant(row.clock.now)}</Instant> <span class="dim">{row.clock.mode}</span>
      </>
    ),
  },
  { key: "jobs", title: "Pending jobs", number: true, sort: (row) => row.pending_jobs, cell: (row) => count(row.pending_jobs) },
  { key: "documents", title: "Documents", cell: (row) => row.documentation },
  { key: "ttl", title: "Idle until deleted", cell: (row) => (row.ttl_seconds === null ? <span class="dim">never</span> : duration(row.ttl_seconds * 1000)) },
  {
    key: "do",
    title: "Actions",
    cell: (row) =>
      row.name === "default" ? null : (
        <Button small label={`Delete ${row.name}`} onClick={() => remove(row)}>
          Delete
        </Button>
      ),
  },
];

function Name({ row }: { row: Workspace }): JSX.Element {
  if (row.name === workspace) {
    return (
      <>
        <span class="mono">{row.name}</span> <Chip tone="accent">shown</Chip>
      </>
    );
  }
  return (
    <a class="mono" href={consoleAddress(row.name, "#/workspaces")} title="Open its console">
      {row.name}
    </a>
  );
}

/** Deletes a workspace, and its checkpoints with it. A snapshot is kept here, from which "Undo" makes it again. */
function remove(row: Workspace): void {
  const url = `${serverBase.replace(/\/_mock$/, "")}${row.control_path}/snapshot`;
  const keep = async (): Promise<() => Promise<void>> => {
    const { data } = await sendToControl({ method: "GET", url, headers: controlHeaders() });
    return async () => {
      await control.post("/workspaces", { body: { name: row.name, documentation: row.documentation, ttl_seconds: row.ttl_seconds ?? 3600 } });
      await sendToControl({ method: "PUT", url, headers: controlHeaders(), body: data });
      announce("workspaces");
    };
  };
  confirm({
    title: `Delete the workspace ${row.name}?`,
    lost: "This deletes its state, its requests and its checkpoints. Its tokens stay invalid, even if it is made again.",
    action: "Delete",
    undoable: {
      keep,
      how: "A copy of its state is kept in this tab. Undo makes the workspace again from it, while the message is shown, which is 20 seconds. Its requests and checkpoints do not come back.",
    },
    request: () => control.describe("delete", "/workspaces/{name}", { path: { name: row.name } }),
    run: async () => {
      await control.delete("/workspaces/{name}", { path: { name: row.name } });
      announce("workspaces");
    },
    done: row.name === workspace ? `Deleted ${row.name}, which this page shows.` : `Deleted ${row.name}.`,
  });
}

/** An integer, or the text as it is, which the server then refuses in its own words. */
function integer(text: string): number | undefined {
  const value = Number(text);
  return text.trim() === "" ? undefined : Number.isInteger(value) ? value : (text as unknown as number);
}

const toInstant = (text: string): string | undefined =>
  text.trim() ? (/[zZ]|[+-]\d\d:\d\d$/.test(text) ? text : `${text.trim().replace(" ", "T")}Z`) : undefined;

const MODES: [string, string][] = [["", "the server's"], ["frozen", "frozen"], ["running", "running"]];
const GENERATIONS: [string, string][] = [["", "as in default"], ["older", "older"], ["newer", "newer"]];
const TIMINGS: [string, string][] = [["", "the server's"], ["quick", "quick"], ["faithful", "faithful"]];
const CREATE_FIELDS = ["name", "seed", "now", "mode", "timing", "documentation", "ttl_seconds"];

function CreateCard(): JSX.Element {
  const [draft, setDraft] = useState({ name: "", now: "", mode: "frozen", documentation: "", timing: "", seed: "", ttl_seconds: "3600" });
  const [error, setError] = useState<ApiError | null>(null);
  const body = toRequest(draft);
  const field = (name: keyof typeof draft) => ({
    value: draft[name],
    error: error?.problem(name),
    onInput: (value: string) => setDraft({ ...draft, [name]: value }),
  });
  const create = async (): Promise<void> => {
    const made = await control.post("/workspaces", { body });
    announce("workspaces");
    setDraft({ ...draft, name: "" });
    toast(`Created ${made.name}.`, "ok", { label: "Open", run: () => location.assign(consoleAddress(made.name)) });
  };
  return (
    <Card title="Create">
      <Form label="Create a workspace" submit="Create" fields={CREATE_FIELDS} onSubmit={create} onError={setError} request={() => control.describe("post", "/workspaces", { body })}>
        <TextField label="Name" placeholder="chosen by the server" {...field("name")} />
        <div class="row">
          <SelectField label="Clock" options={MODES} {...field("mode")} />
          <TextField label="Time (UTC)" placeholder="as in default" {...field("now")} />
        </div>
        <div class="row">
          <SelectField label="Documents" options={GENERATIONS} {...field("documentation")} />
          <SelectField label="Timing of jobs" options={TIMINGS} {...field("timing")} />
        </div>
        <div class="row">
          <TextField label="Seed" type="number" placeholder="as in default" {...field("seed")} />
          <TextField label="Deleted after idle, s" type="number" {...field("ttl_seconds")} />
        </div>
      </Form>
    </Card>
  );
}

function toRequest(draft: Record<"name" | "now" | "mode" | "documentation" | "timing" | "seed" | "ttl_seconds", string>): Control["WorkspaceRequest"] {
  const body: Record<string, unknown> = { now: toInstant(draft.now), seed: integer(draft.seed), ttl_seconds: integer(draft.ttl_seconds) };
  for (const name of ["name", "mode", "documentation", "timing"] as const) body[name] = draft[name] || undefined;
  return Object.fromEntries(Object.entries(body).filter(([, value]) => value !== undefined)) as Control["WorkspaceRequest"];
}

function ForkCard(): JSX.Element {
  const [name, setName] = useState("");
  const [error, setError] = useState<ApiError | null>(null);
  const body = name ? { name } : {};
  const fork = async (): Promise<void> => {
    const made = await control.post("/fork", { body });
    announce("workspaces");
    setName("");
    toast(`${made.name} is a copy of ${workspace}.`, "ok", { label: "Open", run: () => location.assign(consoleAddress(made.name)) });
  };
  return (
    <Card name="fork" title={`Fork ${workspace}`}>
      <Form label="Fork this workspace" submit="Fork" fields={["name"]} onSubmit={fork} onError={setError} request={() => control.describe("post", "/fork", { body })}>
        <TextField label="Name of the copy" placeholder="chosen by the server" value={name} error={error?.problem("name")} onInput={setName} />
      </Form>
    </Card>
  );
}

function ResetCard(): JSX.Element {
  const [seed, setSeed] = useState("");
  const [start, setStart] = useState("");
  const body: Control["ResetRequest"] = {};
  if (seed.trim()) body.seed = integer(seed)!;
  if (start.trim()) body.now = toInstant(start)!;
  const submit = (): void =>
    confirm({
      title: `Reset the workspace ${workspace}?`,
      lost: "This discards everything that happened in it since its start. Its tokens become invalid: sign in again.",
      action: "Reset",
      request: () => control.describe("post", "/reset", { body }),
      run: async () => {
        await control.post("/reset", { body });
        await status.refresh();
      },
      done: `${workspace} is in its initial state.`,
    });
  return (
    <Card name="reset" title={`Reset ${workspace}`}>
      <Form label="Reset this workspace" submit="Reset…" danger onSubmit={submit} request={() => control.describe("post", "/reset", { body })}>
        <div class="row">
          <TextField label="Seed" type="number" placeholder="unchanged" value={seed} onInput={setSeed} />
          <TextField label="Start time (UTC)" placeholder="unchanged" value={start} onInput={setStart} />
        </div>
      </Form>
    </Card>
  );
}
