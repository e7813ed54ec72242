/** One axis from past to future, a lane for each kind, and a line where now is. */

import { scaleLinear, type ScaleLinear } from "d3-scale";
import type { JSX } from "preact";
import { DAY, dayMonth, HOUR, instant, MINUTE, timeOfDay } from "../../format";
import { useWidth } from "../../parts/charts";
import { isPending, LANES, LANE_TITLES, type Item, type Lane } from "./items";

const LANE_HEIGHT = 34;
const TOP = 22;
const BOTTOM = 24;
const BIN = 9;
const STEPS = [10 * MINUTE, HOUR, 4 * HOUR, 12 * HOUR, DAY, 2 * DAY, 7 * DAY, 14 * DAY, 28 * DAY, 91 * DAY, 364 * DAY];

type X = ScaleLinear<number, number>;

/** The picture; the list below it says the same in words. */
export function Axis(props: { items: Item[]; now: number; from: number; to: number }): JSX.Element {
  const [attach, width] = useWidth();
  const height = TOP + LANES.length * LANE_HEIGHT + BOTTOM;
  return (
    <div class="chart" ref={attach}>
      {width > 0 ? <Lanes {...props} width={width} height={height} /> : <svg height={height} aria-hidden="true" />}
    </div>
  );
}

function Lanes(props: { items: Item[]; now: number; from: number; to: number; width: number; height: number }): JSX.Element {
  const { items, now, from, to, width, height } = props;
  const left = width < 560 ? 14 : 138;
  const x = scaleLinear([from, to], [left, width - 14]);
  const shown = items.filter((item) => item.at >= from && item.at <= to);
  const label = `Time line from ${instant(from)} to ${instant(to)} UTC: ${shown.length} marks. The list below has the same.`;
  return (
    <svg width={width} height={height} role="img" aria-label={label}>
      <Ticks x={x} height={height} />
      <g class="rule now">
        <line x1={x(now)} x2={x(now)} y1={TOP - 6} y2={height - BOTTOM} />
        <text x={x(now)} y={12} text-anchor="middle">
          now
        </text>
      </g>
      {LANES.map((lane, index) => (
        <LaneShape
          key={lane}
          lane={lane}
          x={x}
          left={left}
          y={TOP + index * LANE_HEIGHT + LANE_HEIGHT / 2}
          items={shown.filter((item) => item.lane === lane)}
        />
      ))}
    </svg>
  );
}

function Ticks(props: { x: X; height: number }): JSX.Element {
  const { x, height } = props;
  const [from = 0, to = 0] = x.domain();
  const [left = 0, right = 0] = x.range();
  const room = Math.max(2, (right - left) / 96);
  const step = STEPS.find((each) => (to - from) / each <= room) ?? 364 * DAY;
  const ticks: number[] = [];
  for (let at = Math.ceil(from / step) * step; at <= to; at += step) ticks.push(at);
  return (
    <g class="axis">
      {ticks.map((at) => (
        <g key={at}>
          <line x1={x(at)} x2={x(at)} y1={TOP} y2={height - BOTTOM} />
          <text x={x(at)} y={height - 8} text-anchor="middle">
            {step < DAY && at % DAY ? timeOfDay(at).slice(0, 5) : dayMonth(at)}
          </text>
        </g>
      ))}
    </g>
  );
}

function LaneShape(props: { lane: Lane; x: X; left: number; y: number; items: Item[] }): JSX.Element {
  const { lane, x, left, y, items } = props;
  const narrow = left < 100;
  return (
    <g class={`lane ${lane}`}>
      <line class="lane-line" x1={left} x2={x.range()[1]} y1={y + (narrow ? 6 : 0)} y2={y + (narrow ? 6 : 0)} />
      <text x={narrow ? left : 0} y={narrow ? y - 5 : y + 4}>
        {LANE_TITLES[lane]}
      </text>
      {group(items, x).map((marks) => (
        <Mark key={marks[0]?.key} marks={marks} x={x} y={y + (narrow ? 6 : 0)} />
      ))}
    </g>
  );
}

/** Marks that would cover each other, as one. */
function group(items: Item[], x: X): Item[][] {
  const groups: Item[][] = [];
  let last: { at: number; pending: boolean; items: Item[] } | null = null;
  for (const item of items) {
    const [at, pending] = [x(item.at), isPending(item)];
    if (last && at - last.at < BIN && last.pending === pending) last.items.push(item);
    else {
      last = { at, pending, items: [item] };
      groups.push(last.items);
    }
  }
  return groups;
}

const FAULTY: string[] = ["failed", "missed", "delayed"];

/** `; 1 failed, 2 delayed` */
function describe(states: string[]): string {
  const parts = FAULTY.map((name) => [states.filter((state) => state === name).length, name] as const).filter(([many]) => many);
  return parts.length ? `; ${parts.map(([many, name]) => `${many} ${name}`).join(", ")}` : "";
}

/** How many of a group's jobs a fault changed. */
function Badge(props: { x: number; y: number; count: number }): JSX.Element {
  return (
    <g class="mark bad">
      <circle cx={props.x} cy={props.y} r={6} />
      <text class="badge" x={props.x} y={props.y + 3} text-anchor="middle">
        {props.count > 9 ? "!" : props.count}
      </text>
    </g>
  );
}

function Mark(props: { marks: Item[]; x: X; y: number }): JSX.Element | null {
  const first = props.marks[0];
  if (!first) return null;
  const [at, many] = [props.x(first.at), props.marks.length];
  const states = props.marks.map((item) => (item.kind === "job" && FAULTY.includes(item.job.state) ? item.job.state : null)).filter((state) => state !== null);
  const bad = states.length === many;
  const title = (many > 1 ? `${many} from ${instant(first.at)}` : instant(first.at)) + describe(states);
  return (
    <g class={`mark${isPending(first) ? " pending" : ""}${bad ? " bad" : ""}`}>
      <circle cx={at} cy={props.y} r={many > 99 ? 12 : many > 1 ? 9 : 5}>
        <title>{title}</title>
      </circle>
      {many > 1 ? (
        <text x={at} y={props.y + 4} text-anchor="middle">
          {many > 99 ? "99+" : many}
        </text>
      ) : null}
      {states.length && !bad ? <Badge x={at + 9} y={props.y - 8} count={states.length} /> : null}
    </g>
  );
}
