/** A table: sticky head, sortable columns, and past 200 rows only those in sight are in the page. On a phone a row stacks its cells. */

import type { ComponentChildren, JSX } from "preact";
import { useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";

/** A column. With `sort`, its head is a button. `number` aligns its cells to the right. */
export interface Column<T> {
  key: string;
  title: string;
  number?: boolean;
  sort?: (row: T) => string | number | null;
  cell: (row: T) => ComponentChildren;
}

interface TableProps<T> {
  label: string;
  columns: Column<T>[];
  rows: readonly T[];
  rowKey: (row: T) => string | number;
  /** The column to sort by at first; a leading `-` sorts downwards. */
  sorted?: string;
  /** A class for a row, such as `fresh` or `marked`. */
  rowClass?: (row: T) => string | undefined;
  /** The largest height, after which the table scrolls inside its card. */
  tall?: boolean;
  /** From how many rows on only those in sight are in the page; 200 unless the rows change often. */
  windowAbove?: number;
}

/** Columns whose cells need no title beside them where a row stacks its cells. */
const SELF_EVIDENT = new Set(["do", "what", "lane", "near", "status", "state", "request", "title", "name", "city", "note", "event"]);

const WINDOW_ABOVE = 200;
const ROW_HEIGHT = 33;
const OVERSCAN = 12;

/** A table of rows. */
export function Table<T>(props: TableProps<T>): JSX.Element {
  const [order, setOrder] = useState(props.sorted ?? "");
  const rows = useMemo(() => sortRows(props.rows, props.columns, order), [props.rows, props.columns, order]);
  const windowed = rows.length > (props.windowAbove ?? WINDOW_ABOVE);
  const scroller = useRef<HTMLDivElement>(null);
  const [first, last] = useWindow(scroller, rows.length, windowed);
  const shown = windowed ? rows.slice(first, last) : rows;
  return (
    <div
      class={`scroll${windowed || props.tall ? " tall" : ""}${props.windowAbove === undefined && !windowed ? " stacks" : ""}`}
      ref={scroller}
      role="region"
      aria-label={`Table: ${props.label}`}
      tabIndex={0}
    >
      <table aria-rowcount={windowed ? rows.length + 1 : undefined}>
        <caption class="unseen">{props.label}</caption>
        <thead>
          <tr>
            {props.columns.map((column) => (
              <Head key={column.key} column={column} order={order} setOrder={setOrder} />
            ))}
          </tr>
        </thead>
        <tbody>
          {windowed ? <Gap rows={first} columns={props.columns.length} /> : null}
          {shown.map((row, index) => (
            <tr
              key={props.rowKey(row)}
              class={props.rowClass?.(row)}
              aria-rowindex={windowed ? first + index + 2 : undefined}
            >
              {props.columns.map((column) => (
                <td key={column.key} class={column.number ? "n" : undefined} data-title={SELF_EVIDENT.has(column.key) ? undefined : column.title}>
                  {column.cell(row)}
                </td>
              ))}
            </tr>
          ))}
          {windowed ? <Gap rows={rows.length - last} columns={props.columns.length} /> : null}
        </tbody>
      </table>
    </div>
  );
}

function Gap(props: { rows: number; columns: number }): JSX.Element | null {
  if (props.rows <= 0) return null;
  return (
    <tr class="gap" aria-hidden="true">
      <td colSpan={props.columns} style={{ height: `${props.rows * ROW_HEIGHT}px` }} />
    </tr>
  );
}

function Head<T>(props: { column: Column<T>; order: string; setOrder: (order: string) => void }): JSX.Element {
  const { column, order } = props;
  const css = column.number ? "n" : undefined;
  if (!column.sort) {
    return (
      <th scope="col" class={css}>
        {column.title}
      </th>
    );
  }
  const direction = order === column.key ? "ascending" : order === `-${column.key}` ? "descending" : "none";
  const next = direction === "ascending" ? `-${column.key}` : column.key;
  return (
    <th scope="col" class={css} aria-sort={direction}>
      <button type="button" class="sort" onClick={() => props.setOrder(next)}>
        {column.title}
        <span aria-hidden="true">{{ ascending: " ↑", descending: " ↓", none: "" }[direction]}</span>
      </button>
    </th>
  );
}

function sortRows<T>(rows: readonly T[], columns: Column<T>[], order: string): readonly T[] {
  const down = order.startsWith("-");
  const sort = columns.find((column) => column.key === order.replace(/^-/, ""))?.sort;
  if (!sort) return rows;
  const sign = down ? -1 : 1;
  return [...rows].sort((left, right) => sign * compare(sort(left), sort(right)));
}

function compare(left: string | number | null, right: string | number | null): number {
  if (left === null || right === null) return Number(left !== null) - Number(right !== null);
  if (typeof left === "number" && typeof right === "number") return left - right;
  return String(left).localeCompare(String(right), "en");
}

function useWindow(
  scroller: { current: HTMLDivElement | null },
  total: number,
  windowed: boolean,
): [first: number, last: number] {
  const [top, setTop] = useState(0);
  const [height, setHeight] = useState(600);
  useLayoutEffect(() => {
    const element = scroller.current;
    if (!windowed || !element) return undefined;
    const update = (): void => {
      setTop(element.scrollTop);
      setHeight(element.clientHeight);
    };
    update();
    element.addEventListener("scroll", update, { passive: true });
    return () => element.removeEventListener("scroll", update);
  }, [scroller, windowed]);
  const first = Math.max(0, Math.floor(top / ROW_HEIGHT) - OVERSCAN);
  return [first, Math.min(total, Math.ceil((top + height) / ROW_HEIGHT) + OVERSCAN)];
}
