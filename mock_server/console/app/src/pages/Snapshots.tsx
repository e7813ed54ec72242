/** Checkpoints to go back to, and snapshots to take, download and restore. */

import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { control } from "../data/control";
import { bytes } from "../data/download";
import { now } from "../data/live";
import { useResource } from "../data/resource";
import type { Control } from "../data/types";
import type { Kept } from "../data/undo";
import { instant, relative } from "../format";
import type { PageProps } from "../pages";
import { AsCurl, Button, Card, Empty, Instant, Note, PageHead } from "../parts/basic";
import { confirm } from "../parts/Dialog";
import { askToGoBackTo, useKept } from "../parts/kept";
import { Load } from "../parts/Load";
import { Table, type Column } from "../parts/Table";
import { toast } from "../parts/Toast";
import { go, href } from "../router";
import { drop, readFile, shelf, take, type Held } from "./snapshots/shelf";
import { restore, save, SummaryDrawer } from "./snapshots/Summary";

type Checkpoint = Control["Checkpoint"];

/** The page. */
export function SnapshotsPage({ rest }: PageProps): JSX.Element {
  const takeNow = async (): Promise<void> => {
    const held = await take();
    toast(`Snapshot ${held.id} holds the state of ${instant(held.at)} UTC.`, "ok");
  };
  return (
    <>
      <PageHead
        title="Snapshots"
        sub="A snapshot is the workspace's whole state as one document. Checkpoints are kept by the server before each move of the clock."
        actions={
          <>
            <Button primary onClick={takeNow}>
              Take a snapshot
            </Button>
            <AsCurl request={() => control.describe("get", "/snapshot")} what="Take a snapshot" />
          </>
        }
      />
      <div class="grid start">
        <Card title="Snapshots in this tab" span={7}>
          <Shelf />
          <FilePicker />
        </Card>
        <div class="stack start c5">
          <Checkpoints />
          <Copies />
        </div>
      </div>
      {rest[0] ? <SummaryDrawer id={rest[0]} /> : null}
    </>
  );
}

function Shelf(): JSX.Element {
  if (!shelf.value.length) return <Empty>No snapshots yet. Take one, or read one from a file. They end with this tab; download what you want to keep.</Empty>;
  return <Table label="Snapshots, newest first" columns={SHELF} rows={shelf.value} rowKey={(held) => held.id} />;
}

const SHELF: Column<Held>[] = [
  { key: "id", title: "Snapshot", cell: (held) => <a class="nowrap" href={href(["snapshots", String(held.id)])}>{`Snapshot ${held.id}`}</a> },
  { key: "at", title: "State of (UTC)", cell: (held) => <Instant at={held.at}>{instant(held.at)}</Instant> },
  { key: "label", title: "From", cell: (held) => <span class="dim break">{`${held.label}, ${bytes(held.size)}`}</span> },
  {
    key: "do",
    title: "Actions",
    cell: (held) => (
      <span class="row-actions">
        <Button small label={`Download snapshot ${held.id}`} onClick={() => save(held)}>
          Download
        </Button>
        <Button small label={`Restore snapshot ${held.id}`} onClick={() => restore(held)}>
          Restore
        </Button>
        <Button small label={`Remove snapshot ${held.id} from this tab`} onClick={() => drop(held.id)}>
          Remove
        </Button>
      </span>
    ),
  },
];

function FilePicker(): JSX.Element {
  const [failure, setFailure] = useState<string | null>(null);
  const pick = async (input: HTMLInputElement): Promise<void> => {
    const file = input.files?.[0];
    if (!file) return;
    try {
      const held = await readFile(file);
      setFailure(null);
      go(href(["snapshots", String(held.id)]));
    } catch (error) {
      setFailure((error as Error).message);
    }
    input.value = "";
  };
  return (
    <div class="file-picker">
      {failure ? (
        <Note tone="bad" label="Refused">
          {failure}
        </Note>
      ) : null}
      <label for="snapshot-file">Read a snapshot from a file</label>
      <input id="snapshot-file" type="file" accept="application/json,.json" onChange={(event) => void pick(event.currentTarget)} />
    </div>
  );
}

const REASONS: Record<string, string> = {
  reset: "before a reset",
  restore: "before a restore",
  clock_move: "before a move of the clock",
  hourly: "at a full hour",
};

function Checkpoints(): JSX.Element {
  const points = useResource("snapshots/points", {
    load: (abort) => control.get("/points", {}, abort),
    request: () => control.describe("get", "/points"),
    on: ["clock", "workspaces"],
  });
  return (
    <Card title="Checkpoints" aside={<AsCurl request={() => control.describe("get", "/points")} what="the checkpoints" />}>
      <Load of={points}>
        {({ checkpoints }) =>
          checkpoints.length ? (
            <Table label="Checkpoints, latest first" columns={POINTS} rows={[...checkpoints].reverse()} rowKey={(point) => point.at} tall />
          ) : (
            <Empty>No checkpoints yet. One is kept before each move of the clock.</Empty>
          )
        }
      </Load>
    </Card>
  );
}

const POINTS: Column<Checkpoint>[] = [
  {
    key: "at",
    title: "State of (UTC)",
    cell: (point) => (
      <>
        <Instant at={point.at}>{instant(point.at)}</Instant>
        <div class="dim">{`${REASONS[point.reason] ?? point.reason}${now.value === null ? "" : `, ${relative(point.at, now.value)}`}`}</div>
      </>
    ),
  },
  {
    key: "do",
    title: "Actions",
    cell: (point) => (
      <span class="row-actions">
        <Button small label={`Rewind to ${point.at}`} onClick={() => rewind(point)}>
          Rewind
        </Button>
        <AsCurl request={() => control.describe("post", "/rewind", { body: { to: point.at } })} what={`Rewind to ${point.at}`} />
      </span>
    ),
  },
];

function rewind({ at }: Checkpoint): void {
  confirm({
    title: `Rewind to ${instant(at)} UTC?`,
    lost: "This discards everything that happened since then, and deletes the later checkpoints. Tokens stay valid.",
    action: "Rewind",
    run: () => control.post("/rewind", { body: { to: at } }),
    request: () => control.describe("post", "/rewind", { body: { to: at } }),
    done: `The workspace is as it was at ${instant(at)} UTC.`,
  });
}

function Copies(): JSX.Element {
  const kept = useKept();
  return (
    <Card title="Undo" aside={<AsCurl request={() => control.describe("get", "/points/named")} what="the kept states" />}>
      <Load of={kept}>
        {(all) =>
          all.length ? (
            <Table label="States that were kept before something was lost" columns={COPIES} rows={all} rowKey={(each) => each.id} />
          ) : (
            <Empty>Nothing to undo. The server keeps the state before each action of this page that loses something: the last 5.</Empty>
          )
        }
      </Load>
    </Card>
  );
}

const COPIES: Column<Kept>[] = [
  {
    key: "before",
    title: "State",
    cell: (kept) => (
      <>
        <span class="break">{kept.name}</span>
        <div class="dim">{`${instant(kept.at)} UTC`}</div>
      </>
    ),
  },
  {
    key: "do",
    title: "Actions",
    cell: (kept) => (
      <span class="row-actions">
        <Button small label={`Go back to ${kept.name}`} onClick={() => askToGoBackTo(kept)}>
          Go back
        </Button>
      </span>
    ),
  },
];
