/** Sales that the partner brings in: totals of a period by type of ticket. */

import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { ApiError, Problem } from "../../data/http";
import { isAbout, requireFields, type Required } from "../../data/http";
import { jobs, now } from "../../data/live";
import { platform } from "../../data/platform";
import type { Platform } from "../../data/types";
import { announce } from "../../data/topics";
import { advanceTo } from "../../clock";
import { count, date, plural, whenNear } from "../../format";
import { Button, Card, Note } from "../../parts/basic";
import { DateField, Form, TextField } from "../../parts/Form";
import { href } from "../../router";
import { EventField } from "./EventField";

type Summary = Platform["TransactionSummary"];

interface Tickets {
  type: string;
  sold: string;
  revenue: string;
}

interface Entered {
  eid: string;
  from: string | null;
  to: string | null;
  tickets: Tickets[];
}

const ONE: Tickets = { type: "Standing", sold: "", revenue: "" };
const FIELDS = ["eid", "from", "to", "tickets"];

/** What is not a number is sent as it is: the platform's own words say what is wrong. */
const asNumber = (text: string): number => (/^-?\d+(\.\d+)?$/.test(text) ? Number(text) : (text as unknown as number));

/** The card. */
export function SalesIn(): JSX.Element {
  const today = now.value === null ? "" : date(now.value);
  const [entered, setEntered] = useState<Entered>({ eid: "", from: null, to: null, tickets: [ONE] });
  const [problems, setProblems] = useState<Problem[]>([]);
  const [accepted, setAccepted] = useState<Platform["TransactionSummaryResult"] | null>(null);
  const change = (part: Partial<Entered>): void => setEntered({ ...entered, ...part });
  const from = entered.from ?? today;
  const to = entered.to ?? today;
  const body: Summary = {
    eid: entered.eid,
    from,
    to,
    tickets: entered.tickets.map((each) => ({ type: each.type, sold: asNumber(each.sold), revenue: asNumber(each.revenue) })),
  };
  const send = async (): Promise<void> => {
    setAccepted(null);
    requireFields([
      ["eid", entered.eid, "Choose an event."],
      ...entered.tickets.flatMap((each, index): Required[] => [
        [`tickets.${index}.type`, each.type, "Enter a ticket type."],
        [`tickets.${index}.sold`, /^-?\d+$/.test(each.sold), "Enter a whole number."],
        [`tickets.${index}.revenue`, /^-?\d+(\.\d+)?$/.test(each.revenue), "Enter an amount, such as 540.00."],
      ]),
    ]);
    const result = await platform.post("/ingest/transaction_summary", { body });
    setAccepted(result);
    setProblems(result.validation_errors);
    announce("jobs");
  };
  const onError = (error: ApiError | null): void => {
    if (error) setProblems(error.problems);
  };
  const problem = (field: string): string | undefined =>
    problems.filter((each) => isAbout(each, field)).map((each) => each.message).join(" ") || undefined;
  return (
    <Card title="Bring in sales" span={8}>
      <Form
        label="Sales of a period"
        submit="Send the summary"
        fields={FIELDS}
        onSubmit={send}
        onError={onError}
        request={() => platform.describe("post", "/ingest/transaction_summary", { body })}
        extra={<Button onClick={() => change({ tickets: [...entered.tickets, { ...ONE, type: "" }] })}>Add a ticket type</Button>}
      >
        <div class="row aligned">
          <EventField value={entered.eid} error={problem("eid")} onInput={(eid) => change({ eid })} />
          <DateField label="From" value={from} error={problem("from")} onInput={(day) => change({ from: day })} />
          <DateField label="To" value={to} error={problem("to")} onInput={(day) => change({ to: day })} />
        </div>
        {entered.tickets.map((each, index) => (
          <TicketRow
            key={index}
            tickets={each}
            problem={(field) => problem(`tickets.${index}.${field}`)}
            onChange={(next) => change({ tickets: entered.tickets.map((old, place) => (place === index ? next : old)) })}
            onRemove={
              entered.tickets.length > 1 ? () => change({ tickets: entered.tickets.filter((_, place) => place !== index) }) : null
            }
          />
        ))}
      </Form>
      {accepted ? <Accepted result={accepted} eid={entered.eid} /> : null}
      <p class="hint">The platform spreads the sales over the period. They show within 24 hours on the workspace's clock, and later attribution runs credit them.</p>
    </Card>
  );
}

function TicketRow(props: {
  tickets: Tickets;
  problem: (field: string) => string | undefined;
  onChange: (tickets: Tickets) => void;
  onRemove: (() => void) | null;
}): JSX.Element {
  const { tickets, problem, onChange, onRemove } = props;
  return (
    <div class="row aligned">
      <TextField label="Ticket type" value={tickets.type} error={problem("type")} onInput={(type) => onChange({ ...tickets, type })} />
      <TextField label="Sold" value={tickets.sold} error={problem("sold")} onInput={(sold) => onChange({ ...tickets, sold })} />
      <TextField label="Revenue" value={tickets.revenue} error={problem("revenue")} onInput={(revenue) => onChange({ ...tickets, revenue })} />
      {onRemove ? (
        <div class="row-end">
          <Button small label={`Remove ${tickets.type || "the row"}`} onClick={onRemove}>
            Remove
          </Button>
        </div>
      ) : null}
    </div>
  );
}

/** What became of the sales: when they show, which only the mock knows. */
function Accepted(props: { result: Platform["TransactionSummaryResult"]; eid: string }): JSX.Element {
  const { result, eid } = props;
  const imports = (jobs.value ?? []).filter((job) => job.kind === "ingest" && job.state === "pending");
  const due = imports.at(-1)?.due;
  const refused = result.validation_errors.length;
  return (
    <Note
      tone={refused ? "warn" : "ok"}
      label={refused ? "In part" : "Accepted"}
      action={due ? <Button small onClick={() => advanceTo(due)}>Advance to it</Button> : null}
    >
      {result.tickets ? `${count(result.tickets.reduce((sum, each) => sum + each.sold, 0))} tickets accepted. ` : "Accepted. "}
      {refused ? `${plural(refused, "entry", "entries")} refused; see the fields. ` : null}
      {due && now.value !== null ? <>The import is due at {whenNear(due, now.value)}. </> : <>The import is done. </>}
      <a href={href(["events", eid])}>See the event</a>
    </Note>
  );
}
