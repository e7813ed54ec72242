/** The time line as a list, which can be sorted, with what can be done at each place. */

import type { JSX } from "preact";
import { advanceTo } from "../../clock";
import { control } from "../../data/control";
import { instant, plural, relative } from "../../format";
import { Button, Chip, Empty, Instant } from "../../parts/basic";
import { confirm } from "../../parts/Dialog";
import { JobName, JobState } from "../../parts/jobs";
import { RequestName, StatusChip } from "../../parts/requests";
import { askToGoBackTo } from "../../parts/kept";
import { Table } from "../../parts/Table";
import { hereWith } from "../../router";
import { KIND_TITLES, type Item } from "./items";

const REASONS: Record<string, string> = {
  reset: "start of the workspace",
  restore: "restored snapshot",
  clock_move: "before a move of the clock",
  hourly: "full hour",
};

/** The table; what comes next is at the top, the past below. */
export function List(props: { items: Item[]; now: number }): JSX.Element {
  const { items, now } = props;
  if (!items.length) return <Empty>Nothing is in this part of the time line.</Empty>;
  return (
    <Table
      label="Time line"
      rows={items}
      rowKey={(item) => item.key}
      sorted="-at"
      tall
      columns={[
        { key: "at", title: "Time (UTC)", sort: (item) => item.order ?? item.at, cell: (item) => <Instant at={new Date(item.at).toISOString()}>{instant(item.at)}</Instant> },
        { key: "near", title: "From now", cell: (item) => <span class="dim nowrap">{relative(item.at, now)}</span> },
        { key: "lane", title: "Kind", sort: (item) => item.lane, cell: (item) => KIND_TITLES[item.lane] },
        { key: "what", title: "What", cell: (item) => <What item={item} /> },
        { key: "state", title: "State", cell: (item) => <State item={item} /> },
        { key: "do", title: "Action", number: true, cell: (item) => <Action item={item} items={items} /> },
      ]}
    />
  );
}

function What(props: { item: Item }): JSX.Element {
  const { item } = props;
  if (item.kind === "request") return <RequestName entry={item.entry} />;
  if (item.kind === "job") return <JobName job={item.job} />;
  if (item.kind === "kept") return <span class="break">{item.kept.name}</span>;
  return <>{REASONS[item.checkpoint.reason] ?? item.checkpoint.reason}</>;
}

function State(props: { item: Item }): JSX.Element {
  const { item } = props;
  if (item.kind === "request") return <StatusChip status={item.entry.response.status} />;
  if (item.kind === "job") return <JobState job={item.job} />;
  return <Chip>kept</Chip>;
}

function Action(props: { item: Item; items: Item[] }): JSX.Element | null {
  const { item } = props;
  if (item.kind === "checkpoint") {
    return (
      <button type="button" class="link" onClick={() => goBack(item.checkpoint.at, props.items)}>
        Go back<span class="unseen"> to {instant(item.at)}</span>
      </button>
    );
  }
  if (item.kind === "kept") {
    return (
      <button type="button" class="link" onClick={() => askToGoBackTo(item.kept)}>
        Go back<span class="unseen"> to {item.kept.name}</span>
      </button>
    );
  }
  if (item.kind !== "job") return null;
  if (item.job.state === "pending") {
    return (
      <Button small onClick={() => advanceTo(item.job.due)}>
        Advance<span class="unseen"> to {instant(item.at)}</span>
      </Button>
    );
  }
  if (item.job.kind !== "attribution_run" || item.job.state !== "done") return null;
  return (
    <a href={hereWith({ run: item.job.due })}>
      What it added<span class="unseen"> at {instant(item.at)}</span>
    </a>
  );
}

function goBack(at: string, items: Item[]): void {
  const after = items.filter((item) => item.at >= Date.parse(at));
  const requests = after.filter((item) => item.kind === "request").length;
  const done = after.filter((item) => item.kind === "job" && item.job.state !== "pending").length;
  confirm({
    title: `Go back to ${instant(at)}`,
    lost: `Everything after this checkpoint is undone: ${plural(done, "job")}, and what ${plural(requests, "request")} changed. Later checkpoints are deleted. The journal stays.`,
    action: "Go back",
    run: () => control.post("/rewind", { body: { to: at } }),
    request: () => control.describe("post", "/rewind", { body: { to: at } }),
    done: `The workspace is at ${instant(at)}.`,
  });
}
