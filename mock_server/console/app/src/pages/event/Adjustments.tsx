/** The panel of adjustments: each row with its source; a row is added in the table, and deleted from it. */

import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { ApiError, requireFields } from "../../data/http";
import { partnerId } from "../../data/partner";
import { platform } from "../../data/platform";
import type { Resource } from "../../data/resource";
import type { Platform } from "../../data/types";
import { count, instant, money, plural } from "../../format";
import { AsCurl, Button, Card, Chip, Empty, Instant, Note } from "../../parts/basic";
import { confirm } from "../../parts/Dialog";
import { explain } from "../../parts/explain/links";
import { TextField } from "../../parts/Form";
import { Load } from "../../parts/Load";
import { toast } from "../../parts/Toast";
import { parameter, setParameters } from "../../router";
import type { Summary } from "./data";

type Row = Platform["CampaignResult"];

interface AdjustmentsProps {
  event: Platform["Event"];
  summary: Resource<Summary>;
}

/** The card. */
export function Adjustments(props: AdjustmentsProps): JSX.Element {
  const { event, summary } = props;
  const open = parameter("adjustments") !== "closed";
  const adding = parameter("adjustments") === "add";
  const total = summary.value?.manual_adjustments.length ?? 0;
  const describe = () => platform.describe("get", "/campaign_results/", { query: { eid: event.id, partner_id: partnerId() } });
  return (
    <Card
      title="Attribution / adjustments"
      span={8}
      aside={
        <span class="aside">
          <AsCurl request={describe} what="the rows" />
          <button
            type="button"
            class="link"
            aria-expanded={open}
            aria-controls="adjustments"
            onClick={() => setParameters({ adjustments: open ? "closed" : null })}
          >
            {open ? "Collapse" : `Expand (${plural(total, "adjustment")})`}
          </button>
        </span>
      }
    >
      <div id="adjustments" hidden={!open}>
        {open ? <Load of={summary}>{(value) => <Rows event={event} summary={summary} found={value} adding={adding} />}</Load> : null}
      </div>
    </Card>
  );
}

function Rows(props: AdjustmentsProps & { found: Summary; adding: boolean }): JSX.Element {
  const { event, summary, found, adding } = props;
  const rows = found.manual_adjustments;
  const [fresh, setFresh] = useState<string | null>(null);
  const opener = useRef<HTMLSpanElement>(null);
  const show = (value: "add" | null): void => {
    setParameters({ adjustments: value });
    if (value === null) requestAnimationFrame(() => opener.current?.querySelector("button")?.focus());
  };
  const onAdded = (row: Row): void => {
    setFresh(row.id);
    show(null);
  };
  const add = (
    <span ref={opener}>
      <Button small disabled={adding} onClick={() => show("add")}>
        Add an adjustment
      </Button>
    </span>
  );
  if (!rows.length && !adding) {
    return <Empty action={add}>No adjustments yet. The daily attribution run adds one if it credits sales to campaigns.</Empty>;
  }
  return (
    <>
      <div class="scroll" role="region" aria-label="Adjustments" tabIndex={0}>
        <table class="adjustments">
          <caption class="unseen">Rows of {event.id}, newest first</caption>
          <thead>
            <tr>
              <th scope="col">Source</th>
              <th scope="col" class="n">Purchases</th>
              <th scope="col" class="n">Revenue</th>
              <th scope="col">Created</th>
              <th scope="col">Id</th>
              <th scope="col">
                <span class="unseen">Actions</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {adding ? <AddRow event={event} summary={summary} onDone={onAdded} onCancel={() => show(null)} /> : null}
            {rows.map((row) => (
              <AdjustmentRow key={row.id} row={row} summary={summary} currency={found.currency} fresh={row.id === fresh} />
            ))}
          </tbody>
          <Sum event={event.id} rows={rows} currency={found.currency} />
        </table>
      </div>
      <div class="actions below">{add}</div>
      <p class="hint">Adjustments do not change the daily revenue. The daily attribution run adds the automated ones; no client can start it.</p>
    </>
  );
}

function Sum(props: { event: string; rows: Row[]; currency: string }): JSX.Element | null {
  if (props.rows.length < 2) return null;
  const ask = (text: string): JSX.Element => (
    <a class="ask" href={explain("event", props.event)}>
      {text}
    </a>
  );
  return (
    <tfoot>
      <tr>
        <th scope="row">Sum</th>
        <td class="n">{ask(count(props.rows.reduce((sum, row) => sum + row.purchase, 0)))}</td>
        <td class="n">{ask(money(props.rows.reduce((sum, row) => sum + row.revenue, 0), props.currency))}</td>
        <td colSpan={3} />
      </tr>
    </tfoot>
  );
}

function AdjustmentRow(props: { row: Row; summary: Resource<Summary>; currency: string; fresh: boolean }): JSX.Element {
  const { row, summary, currency, fresh } = props;
  const automated = row.source === "automated";
  const why = explain("event", row.eid, { row: row.id });
  const remove = (): void =>
    confirm({
      title: `Delete ${row.id}?`,
      lost: automated
        ? "An automated adjustment does not come back: the next run only adds what is new since the last one."
        : `This deletes the manual adjustment of ${plural(row.purchase, "purchase")}.`,
      action: "Delete the row",
      request: () => platform.describe("delete", "/campaign_results/", { query: { id: row.id } }),
      run: async () => {
        await platform.delete("/campaign_results/", { query: { id: row.id } });
        await summary.refresh();
      },
      done: `Deleted ${row.id}.`,
    });
  return (
    <tr class={fresh ? "fresh" : undefined}>
      <td>
        <Chip tone={automated ? "accent" : "warn"}>{row.source}</Chip>
      </td>
      <td class="n">
        <a class="ask" href={why}>{count(row.purchase)}</a>
      </td>
      <td class="n">
        <a class="ask" href={why}>{money(row.revenue, currency)}</a>
      </td>
      <td>
        <Instant at={row.created_at}>{instant(row.created_at)}</Instant>
      </td>
      <td>
        <a class="id" href={why}>{row.id}</a>
      </td>
      <td class="end">
        <span class="cell-actions">
          <Button small danger label={`Delete ${row.id}`} onClick={remove}>
            Delete
          </Button>
          <AsCurl request={() => platform.describe("delete", "/campaign_results/", { query: { id: row.id } })} what={`Delete ${row.id}`} />
        </span>
      </td>
    </tr>
  );
}

const FIELDS = ["purchase", "revenue"] as const;
type Entered = Record<(typeof FIELDS)[number], string>;

function AddRow(props: {
  event: Platform["Event"];
  summary: Resource<Summary>;
  onDone: (row: Row) => void;
  onCancel: () => void;
}): JSX.Element {
  const { event, summary, onDone, onCancel } = props;
  const [entered, setEntered] = useState<Entered>({ purchase: "", revenue: "" });
  const [error, setError] = useState<ApiError | null>(null);
  const first = useRef<HTMLInputElement | null>(null);
  useEffect(() => first.current?.focus(), []);
  // What is not a number goes to the platform too: its own words say what is wrong.
  const query = { eid: event.id, partner_id: partnerId(), ...(entered as unknown as { purchase: number; revenue: number }) };
  const save = async (): Promise<void> => {
    try {
      requireFields([
        ["purchase", entered.purchase, "Enter how many purchases."],
        ["revenue", entered.revenue, "Enter an amount."],
      ]);
      const row = await platform.post("/campaign_results/", { query });
      await summary.refresh();
      toast(`Added ${row.id}.`, "ok");
      onDone(row);
    } catch (failure) {
      if (!(failure instanceof ApiError)) throw failure;
      setError(failure);
    }
  };
  const onKey = (pressed: KeyboardEvent): void => {
    if (pressed.key === "Enter" && pressed.target instanceof HTMLInputElement) void save();
    if (pressed.key === "Escape") onCancel();
  };
  const others = error && !FIELDS.some((name) => error.problem(name)) ? error.message : null;
  return (
    <tr class="adding" onKeyDown={onKey}>
      <td>
        <Chip tone="warn">manual</Chip>
      </td>
      {FIELDS.map((name) => (
        <td key={name} class="n">
          <TextField
            quiet
            label={name === "purchase" ? "Purchases" : "Revenue"}
            placeholder={name === "purchase" ? "12" : "540.00"}
            value={entered[name]}
            error={error?.problem(name)}
            inputRef={name === "purchase" ? (element) => (first.current = element) : undefined}
            onInput={(value) => setEntered({ ...entered, [name]: value })}
          />
        </td>
      ))}
      <td colSpan={2}>
        {others ? <Note tone="bad">{others}</Note> : <span class="hint">Negative for a correction. Created now.</span>}
      </td>
      <td class="end">
        <span class="cell-actions">
          <Button small primary onClick={save}>
            Add
          </Button>
          <Button small onClick={onCancel}>
            Cancel
          </Button>
          <AsCurl request={() => platform.describe("post", "/campaign_results/", { query })} what="Add" />
        </span>
      </td>
    </tr>
  );
}
