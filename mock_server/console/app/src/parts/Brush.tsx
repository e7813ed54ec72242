/** A strip with all days, in which a range is drawn or its ends are moved, also by the arrow keys. */

import { scaleBand, scaleLinear } from "d3-scale";
import type { JSX } from "preact";
import { useRef, useState } from "preact/hooks";
import { addDays } from "../format";
import { useWidth } from "./charts";

/** The first and the last day of a range. */
export type Range = [first: string, last: string];

interface BrushProps {
  days: { date: string; total: number }[];
  range: Range;
  onRange: (range: Range) => void;
}

const HEIGHT = 34;
const LEFT = 52;
const RIGHT = 12;
const KEYS: Record<string, number> = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -7, PageUp: 7 };

const sorted = (one: string, other: string): Range => (one < other ? [one, other] : [other, one]);

/** The strip; its margins are those of the chart above it. */
export function Brush(props: BrushProps): JSX.Element {
  const [attach, width] = useWidth();
  return (
    <div class="brush" ref={attach}>
      {width > 0 && props.days.length ? <Strip {...props} width={width} /> : <svg height={HEIGHT} aria-hidden="true" />}
    </div>
  );
}

function Strip(props: BrushProps & { width: number }): JSX.Element {
  const { days, width } = props;
  const [drawn, setDrawn] = useState<Range | null>(null);
  const fixed = useRef<string | null>(null);
  const x = scaleBand(
    days.map((day) => day.date),
    [LEFT, width - RIGHT],
  );
  const y = scaleLinear([0, Math.max(1, ...days.map((day) => day.total))], [HEIGHT - 1, 4]);
  const [first, last] = drawn ?? props.range;
  const left = x(first) ?? LEFT;
  const right = (x(last) ?? width - RIGHT) + x.bandwidth();
  const dayAt = (event: PointerEvent): string => {
    const strip = (event.currentTarget as SVGElement).getBoundingClientRect();
    const index = Math.floor((event.clientX - strip.left - LEFT) / x.step());
    return days[Math.min(days.length - 1, Math.max(0, index))]?.date ?? first;
  };
  const onDown = (event: PointerEvent): void => {
    (event.currentTarget as SVGElement).setPointerCapture(event.pointerId);
    const end = (event.target as Element).closest("[data-end]")?.getAttribute("data-end");
    fixed.current = end === "first" ? last : end === "last" ? first : dayAt(event);
    setDrawn(end ? [first, last] : [fixed.current, fixed.current]);
  };
  const onMove = (event: PointerEvent): void => {
    if (fixed.current !== null) setDrawn(sorted(fixed.current, dayAt(event)));
  };
  const onUp = (): void => {
    if (fixed.current === null) return;
    fixed.current = null;
    if (drawn) props.onRange(drawn);
    setDrawn(null);
  };
  return (
    <svg width={width} height={HEIGHT} onPointerDown={onDown} onPointerMove={onMove} onPointerUp={onUp} onPointerCancel={onUp}>
      <g class="all" aria-hidden="true">
        {days.map((day) => (
          <rect key={day.date} x={x(day.date)} width={x.step()} y={y(day.total)} height={HEIGHT - 1 - y(day.total)} />
        ))}
      </g>
      <rect class="outside" x={LEFT} width={Math.max(0, left - LEFT)} y={0} height={HEIGHT} />
      <rect class="outside" x={right} width={Math.max(0, width - RIGHT - right)} y={0} height={HEIGHT} />
      <rect class="frame" x={left} width={Math.max(1, right - left)} y={0.5} height={HEIGHT - 1} />
      <Handle end="first" at={left} {...props} />
      <Handle end="last" at={right} {...props} />
    </svg>
  );
}

function Handle(props: BrushProps & { end: "first" | "last"; at: number }): JSX.Element {
  const { end, at, days, range } = props;
  const day = end === "first" ? range[0] : range[1];
  const index = days.findIndex((each) => each.date === day);
  const onKey = (event: KeyboardEvent): void => {
    const step = KEYS[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const moved = addDays(day, step);
    if (days.some((each) => each.date === moved)) {
      props.onRange(end === "first" ? sorted(moved, range[1]) : sorted(range[0], moved));
    }
  };
  return (
    <g
      class="handle"
      data-end={end}
      role="slider"
      tabindex={0}
      aria-label={end === "first" ? "First day of the range" : "Last day of the range"}
      aria-valuemin={0}
      aria-valuemax={days.length - 1}
      aria-valuenow={Math.max(0, index)}
      aria-valuetext={day}
      onKeyDown={onKey}
    >
      <rect x={at - 4} width={8} y={7} height={HEIGHT - 14} rx={2} />
    </g>
  );
}
