/** The workspace's time: what happened, what is due, and the buttons that move the clock. */

import type { JSX } from "preact";
import { control } from "../data/control";
import { jobs, now } from "../data/live";
import { ownQuery } from "../data/own";
import { useResource, type Resource } from "../data/resource";
import { DAY, HOUR, plural } from "../format";
import { AsCurl, Card, ErrorState, PageHead } from "../parts/basic";
import { Segmented } from "../parts/Form";
import { useKept } from "../parts/kept";
import { Load } from "../parts/Load";
import { OwnRequests } from "../parts/OwnRequests";
import { href, parameter, setParameters } from "../router";
import { Axis } from "./time/Axis";
import { ClockCard } from "./time/ClockCard";
import { collect, LANES, LANE_TITLES, type Item } from "./time/items";
import { List } from "./time/List";
import { JobDrawer } from "./time/JobDrawer";
import { RunDrawer } from "./time/RunDrawer";

const RANGES: Record<string, number> = { hour: HOUR, day: DAY, week: 7 * DAY, month: 30 * DAY };
const WITHIN: Record<string, string> = { hour: " within 1 h of now", day: " within 1 day of now", week: " within 7 days of now", month: " within 30 days of now" };
const MAX_REQUESTS = 200;

/** The page. */
export function TimePage(): JSX.Element {
  const own = ownQuery();
  const entries = useResource(`time/requests/${own.console}`, {
    load: (abort) => control.get("/journal", { query: { limit: MAX_REQUESTS, ...own } }, abort),
    on: ["requests"],
  });
  const points = useResource("time/points", {
    load: (abort) => control.get("/points", {}, abort),
    on: ["clock", "jobs"],
  });
  const kept = useKept();
  const failed = [entries, points, kept].filter((each) => each.state.value.error && each.value === undefined);
  return (
    <>
      <PageHead title="Time" sub="All times are in UTC, on the workspace's clock. Pause freezes the clock: then only the buttons below move it." />
      <div class="grid">
        <ClockCard />
        <Load of={jobs}>
          {(known) => (
            <Line
              items={collect(entries.value ?? [], known, points.value?.checkpoints ?? [], kept.value ?? [])}
              failed={failed}
              isCut={(entries.value?.length ?? 0) >= MAX_REQUESTS}
            />
          )}
        </Load>
      </div>
      <RunDrawer />
      <JobDrawer />
    </>
  );
}

function Line(props: { items: Item[]; isCut: boolean; failed: Resource<unknown>[] }): JSX.Element | null {
  const at = now.value;
  if (at === null) return null;
  const range = parameter("range") ?? "week";
  const lane = parameter("lane") ?? "all";
  const half = RANGES[range] ?? 7 * DAY;
  const [from, to] = range === "all" ? ends(props.items, at) : [at - half, at + half];
  const near = props.items.filter((item) => item.at >= from && item.at <= to);
  const listed = near.filter((item) => lane === "all" || item.lane === lane);
  return (
    <>
      <Card
        title="Past and future"
        aside={
          <Segmented
            label="Range"
            value={range}
            options={[["hour", "± 1 h"], ["day", "± 1 d"], ["week", "± 7 d"], ["month", "± 30 d"], ["all", "All"]]}
            onInput={(value) => setParameters({ range: value })}
          />
        }
      >
        <Axis items={near} now={at} from={from} to={to} />
      </Card>
      <Card
        name="list"
        title={`${plural(listed.length, "entry", "entries")}${WITHIN[range] ?? ""}`}
        aside={
          <span class="aside">
            <AsCurl request={() => control.describe("get", "/jobs")} what="jobs" seen />
            <AsCurl request={() => control.describe("get", "/points")} what="checkpoints" seen />
          </span>
        }
      >
        <div class="filter">
          <Segmented
            label="Kinds"
            value={lane}
            options={[["all", "All"], ...LANES.map((each): [string, string] => [each, LANE_TITLES[each]])]}
            onInput={(value) => setParameters({ lane: value === "all" ? null : value })}
          />
        </div>
        <OwnRequests />
        {props.failed.map((each) => (
          <ErrorState key={each.key} error={each.state.value.error as Error} retry={() => each.refresh()} />
        ))}
        {props.isCut ? (
          <p class="hint">
            Only the last {MAX_REQUESTS} requests are on the time line. <a href={href(["traffic"])}>Traffic</a> has the earlier ones.
          </p>
        ) : null}
        <List items={listed} now={at} />
      </Card>
    </>
  );
}

function ends(items: Item[], at: number): [number, number] {
  const first = Math.min(at, items[0]?.at ?? at);
  const last = Math.max(at, items.at(-1)?.at ?? at);
  const edge = Math.max(HOUR, (last - first) * 0.03);
  return [first - edge, last + edge];
}
