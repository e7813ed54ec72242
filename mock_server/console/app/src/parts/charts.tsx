/** Charts as SVG. Each one has a table for screen readers, which the link "Table" shows to everybody. */

import { scaleBand, scaleLinear, type ScaleBand, type ScaleLinear } from "d3-scale";
import { line, stack } from "d3-shape";
import type { ComponentChildren, JSX } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { count as formatCount, dayMonth, addDays } from "../format";
import { Card } from "./basic";

/** A layer of the bars: its key in `values`, its name, and its colour, one of the tokens for charts. */
export interface Layer {
  key: string;
  title: string;
  color: "campaign" | "organic" | "external" | "adjust" | "accent";
}

/** The values of one day. */
export interface DayValues {
  date: string;
  values: Record<string, number>;
}

/** A mark above the bars, such as an adjustment. */
export interface Marker {
  date: string;
  title: string;
  href?: string;
}

/** A part of the axis, `end` not included. */
export interface Band {
  start: string;
  end: string;
  title: string;
  /** Words at its two edges. */
  startTitle?: string;
  endTitle?: string;
}

interface BarsProps {
  label: string;
  days: DayValues[];
  layers: Layer[];
  band?: Band | null;
  markers?: Marker[];
  /** A line from top to bottom with a word, such as "now". */
  rule?: { date: string; title: string } | null;
  format?: (value: number) => string;
  /** How the axis writes values, if shorter than `format`. */
  formatTick?: (value: number) => string;
  /** The address of the explanation of a day. */
  hrefOf?: (date: string) => string;
  /** The day that is marked, and what hears of the day under the pointer. */
  day?: string | null;
  onDay?: (date: string | null) => void;
  height?: number;
}

/** The width of a character of a label, roughly: enough to see whether a label has room. */
const CHARACTER = 6.5;
const MARGIN = { top: 34, right: 12, bottom: 24, left: 52 };

/** The width of an element, measured again when it changes. */
export function useWidth(): [(element: HTMLElement | null) => void, number] {
  const [width, setWidth] = useState(0);
  const observer = useRef<ResizeObserver | null>(null);
  const attach = useRef((element: HTMLElement | null) => {
    observer.current?.disconnect();
    if (!element) return;
    setWidth(element.clientWidth);
    observer.current = new ResizeObserver(() => setWidth(element.clientWidth));
    observer.current.observe(element);
  });
  useLayoutEffect(() => () => observer.current?.disconnect(), []);
  return [attach.current, width];
}

/** All days from the first to the last, so that a day without sales is a gap and not left out. */
export function fillDays(days: DayValues[], from?: string, to?: string): DayValues[] {
  const known = new Map(days.map((day) => [day.date, day]));
  const dates = [...known.keys()].sort();
  const first = from ?? dates[0];
  const last = to ?? dates.at(-1);
  if (first === undefined || last === undefined) return [];
  const all: DayValues[] = [];
  for (let date = first; date <= last && all.length < 800; date = addDays(date, 1)) {
    all.push(known.get(date) ?? { date, values: {} });
  }
  return all;
}

/** Stacked bars, one a day, in a card with a legend; "Table" shows the same numbers as a table. */
export function BarsCard(
  props: BarsProps & {
    title: string;
    aside?: ComponentChildren;
    span?: 8 | 12;
    above?: ComponentChildren;
    below?: ComponentChildren;
  },
): JSX.Element {
  const [asTable, setAsTable] = useState(false);
  const toggle = (
    <button type="button" class="link" aria-pressed={asTable} onClick={() => setAsTable(!asTable)}>
      Table
    </button>
  );
  return (
    <Card title={props.title} span={props.span ?? 12} aside={<span class="aside">{props.aside}{toggle}</span>}>
      {props.above}
      <Legend layers={props.layers} adjustments={props.markers !== undefined} />
      {asTable ? null : <StackedBars {...props} />}
      {asTable ? null : props.below}
      <DaysTable {...props} seen={asTable} />
    </Card>
  );
}

/** The names of the layers beside their colours. */
export function Legend(props: { layers: Layer[]; adjustments?: boolean }): JSX.Element {
  return (
    <ul class="legend">
      {props.layers.map((layer) => (
        <li key={layer.key}>
          <i class={`swatch ${layer.color}`} />
          {layer.title}
        </li>
      ))}
      {props.adjustments ? (
        <li>
          <i class="swatch diamond adjust" />
          Adjustment
        </li>
      ) : null}
    </ul>
  );
}

/** The bars alone. With links, they are for the pointer only: the table has the same links for everybody else. */
export function StackedBars(props: BarsProps): JSX.Element {
  const [attach, width] = useWidth();
  const height = props.height ?? 180;
  return (
    <div class="chart" ref={attach}>
      {width > 0 ? <Plot {...props} width={width} height={height} /> : <svg height={height} aria-hidden="true" />}
    </div>
  );
}

type X = ScaleBand<string>;
type Y = ScaleLinear<number, number>;

function Plot(props: BarsProps & { width: number; height: number }): JSX.Element {
  const { days, layers, width, height } = props;
  const keys = layers.map((layer) => layer.key);
  const stacked = stack<DayValues>()
    .keys(keys)
    .value((day, key) => Math.max(0, day.values[key] ?? 0))(days);
  const top = Math.max(1, ...stacked.flatMap((layer) => layer.map((part) => part[1])));
  const x = scaleBand(
    days.map((day) => day.date),
    [MARGIN.left, width - MARGIN.right],
  ).padding(0.25);
  const y = scaleLinear([0, top], [height - MARGIN.bottom, MARGIN.top]).nice(4);
  return (
    <svg
      width={width}
      height={height}
      {...(props.hrefOf ? { "aria-hidden": "true" } : { role: "img", "aria-label": props.label })}
      onPointerMove={props.onDay ? (event) => props.onDay?.(dayAt(event, x)) : undefined}
      onPointerLeave={props.onDay ? () => props.onDay?.(null) : undefined}
    >
      {props.day ? <MarkedDay day={props.day} x={x} height={height} /> : null}
      {props.band ? <BandShape band={props.band} x={x} height={height} days={days} /> : null}
      <YAxis y={y} width={width} format={props.formatTick ?? props.format ?? formatCount} />
      {stacked.map((layer, index) => (
        <g key={layer.key} class={`fill ${layers[index]?.color}`}>
          {layer.map((part) => (
            <Bar key={part.data.date} part={part} day={part.data} x={x} y={y} chart={props} />
          ))}
        </g>
      ))}
      <XAxis days={days} x={x} height={height} />
      {props.rule ? <RuleLine rule={props.rule} x={x} height={height} /> : null}
      {props.markers ? <line class="marker-line" x1={MARGIN.left} x2={width - MARGIN.right} y1={8} y2={8} /> : null}
      {(props.markers ?? []).map((marker, index) => (
        <MarkerShape key={index} marker={marker} x={x} />
      ))}
    </svg>
  );
}

/** The day under the pointer, or null beside the bars. */
function dayAt(event: PointerEvent, x: X): string | null {
  const left = (event.currentTarget as SVGElement).getBoundingClientRect().left;
  const [start] = x.range();
  return x.domain()[Math.floor((event.clientX - left - start) / x.step())] ?? null;
}

function MarkedDay(props: { day: string; x: X; height: number }): JSX.Element | null {
  const at = props.x(props.day);
  if (at === undefined) return null;
  const width = props.x.step();
  const left = at - (width - props.x.bandwidth()) / 2;
  return <rect class="band" x={left} width={width} y={MARGIN.top - 2} height={props.height - MARGIN.bottom - MARGIN.top + 2} />;
}

function Bar(props: { part: [number, number] | number[]; day: DayValues; x: X; y: Y; chart: BarsProps }): JSX.Element | null {
  const [low = 0, high = 0] = props.part as [number, number];
  const { x, y, day, chart } = props;
  if (high <= low) return null;
  const shape = (
    <rect x={x(day.date)} width={Math.max(1, x.bandwidth())} y={y(high)} height={Math.max(1, y(low) - y(high))}>
      <title>{describeDay(day, chart)}</title>
    </rect>
  );
  const target = chart.hrefOf?.(day.date);
  return target ? (
    <a href={target} tabindex={-1}>
      {shape}
    </a>
  ) : (
    shape
  );
}

function describeDay(day: DayValues, chart: BarsProps): string {
  const format = chart.format ?? formatCount;
  const parts = chart.layers.map((layer) => `${layer.title.toLowerCase()} ${format(day.values[layer.key] ?? 0)}`);
  return `${day.date}: ${parts.join(", ")}`;
}

function YAxis(props: { y: Y; width: number; format: (value: number) => string }): JSX.Element {
  const ticks = props.y.ticks(3);
  const whole = ticks.filter(Number.isInteger);
  return (
    <g class="axis">
      {(whole.length > 1 ? whole : ticks).map((tick) => (
        <g key={tick}>
          <line x1={MARGIN.left} x2={props.width - MARGIN.right} y1={props.y(tick)} y2={props.y(tick)} />
          <text x={MARGIN.left - 8} y={props.y(tick) + 4} text-anchor="end">
            {props.format(tick)}
          </text>
        </g>
      ))}
    </g>
  );
}

function XAxis(props: { days: DayValues[]; x: X; height: number }): JSX.Element {
  const { days, x, height } = props;
  const room = Math.max(1, Math.floor((x.range()[1] - x.range()[0]) / 72));
  const step = Math.max(1, Math.ceil(days.length / room));
  return (
    <g class="axis">
      {days.map((day, index) =>
        index % step ? null : (
          <text key={day.date} x={(x(day.date) ?? 0) + x.bandwidth() / 2} y={height - 8} text-anchor="middle">
            {dayMonth(day.date)}
          </text>
        ),
      )}
    </g>
  );
}

function edge(x: X, days: DayValues[], date: string): number {
  const [left, right] = x.range();
  const first = days[0]?.date ?? "";
  const last = days.at(-1)?.date ?? "";
  if (date <= first) return left;
  if (date > last) return right;
  return (x(date) ?? left) - (x.step() - x.bandwidth()) / 2;
}

function BandShape(props: { band: Band; x: X; height: number; days: DayValues[] }): JSX.Element {
  const left = edge(props.x, props.days, props.band.start);
  const right = edge(props.x, props.days, props.band.end);
  const width = Math.max(0, right - left);
  const [first, last] = props.x.range();
  const [startWidth, endWidth] = [props.band.startTitle, props.band.endTitle].map((text) => (text?.length ?? 0) * CHARACTER);
  const inside = width > startWidth! + endWidth! + 24;
  const startAt = inside || left - first < startWidth! + 6 ? left + 6 : left - 6;
  const endAt = inside ? right - 6 : right + 6;
  return (
    <g class="axis">
      <rect class="band" x={left} width={width} y={2} height={props.height - MARGIN.bottom - 2}>
        <title>{props.band.title}</title>
      </rect>
      {props.band.startTitle ? (
        <text x={startAt} y={13} text-anchor={startAt < left ? "end" : "start"}>
          {props.band.startTitle}
        </text>
      ) : null}
      {props.band.endTitle && (inside || last - right > endWidth! + 6) ? (
        <text x={endAt} y={13} text-anchor={endAt < right ? "end" : "start"}>
          {props.band.endTitle}
        </text>
      ) : null}
    </g>
  );
}

function RuleLine(props: { rule: { date: string; title: string }; x: X; height: number }): JSX.Element | null {
  const at = props.x(props.rule.date);
  if (at === undefined) return null;
  const middle = at + props.x.bandwidth() / 2;
  return (
    <g class="rule">
      <line x1={middle} x2={middle} y1={MARGIN.top - 2} y2={props.height - MARGIN.bottom} />
      <text x={middle} y={MARGIN.top - 5} text-anchor="middle">
        {props.rule.title}
      </text>
    </g>
  );
}

function MarkerShape(props: { marker: Marker; x: X }): JSX.Element | null {
  const at = props.x(props.marker.date);
  if (at === undefined) return null;
  const middle = at + props.x.bandwidth() / 2;
  const shape = (
    <path class="fill adjust" d={`M${middle} 3l5 5-5 5-5-5z`}>
      <title>{props.marker.title}</title>
    </path>
  );
  return props.marker.href ? (
    <a href={props.marker.href} tabindex={-1}>
      {shape}
    </a>
  ) : (
    shape
  );
}

/** The numbers of a chart as a table; out of sight unless `seen`, but always read by screen readers. */
function DaysTable(props: BarsProps & { seen: boolean }): JSX.Element {
  const format = props.format ?? formatCount;
  const table = (
    <table>
      <caption class="unseen">{props.label}</caption>
      <thead>
        <tr>
          <th scope="col">Day</th>
          {props.layers.map((layer) => (
            <th scope="col" class="n" key={layer.key}>
              {layer.title}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {props.days.map((day) => (
          <tr key={day.date}>
            <th scope="row">
              {props.hrefOf && props.seen ? <a href={props.hrefOf(day.date)}>{day.date}</a> : day.date}
            </th>
            {props.layers.map((layer) => (
              <td class="n" key={layer.key}>
                {format(day.values[layer.key] ?? 0)}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
  if (!props.seen) return <div class="unseen">{table}</div>;
  return (
    <div class="scroll tall" role="region" aria-label={props.label} tabIndex={0}>
      {table}
    </div>
  );
}

/** A small line without axes; its label says what it shows. */
export function Sparkline(props: { values: number[]; label: string; width?: number; height?: number }): JSX.Element {
  const width = props.width ?? 96;
  const height = props.height ?? 20;
  const x = scaleLinear([0, Math.max(1, props.values.length - 1)], [1, width - 1]);
  const y = scaleLinear([0, Math.max(1, ...props.values)], [height - 2, 2]);
  const path = line<number>((_, index) => x(index), (value) => y(value))(props.values) ?? "";
  return (
    <svg class="spark" width={width} height={height} role="img" aria-label={props.label}>
      <path d={path} />
    </svg>
  );
}
