/** What an attribution run added: the rows that bear its time, read by the public API. */

import type { JSX } from "preact";
import { platform } from "../../data/platform";
import { useResource } from "../../data/resource";
import { session } from "../../data/session";
import type { Platform } from "../../data/types";
import { instant, money, plural } from "../../format";
import { Empty } from "../../parts/basic";
import { Drawer } from "../../parts/Drawer";
import { Load, SignInFirst } from "../../parts/Load";
import { Table } from "../../parts/Table";
import { go, hereWith, href, parameter } from "../../router";

const MAX_EVENTS = 100;
const AT_ONCE = 4;

interface Added {
  event: Platform["Event"];
  row: Platform["CampaignResult"];
}

/** The drawer, while the address names a run. */
export function RunDrawer(): JSX.Element | null {
  const run = parameter("run");
  if (!run || parameter("explain")) return null;
  return (
    <Drawer title={`Attribution run of ${instant(run)}`} onClose={() => go(hereWith({ run: null }), true)}>
      {session.value ? <Rows run={run} /> : <SignInFirst />}
    </Drawer>
  );
}

function Rows(props: { run: string }): JSX.Element {
  const { run } = props;
  const found = useResource(`run/${run}`, { load: (abort) => read(run, abort) });
  return (
    <Load of={found}>
      {({ added, currency, unread, partner }) => (
        <>
          <p class="hint">
            The run examined the sales that arrived since the previous run. It added one adjustment to each event with sales
            that it credited to campaigns.
          </p>
          <p class="below">
            Only the events of <b>{partner}</b> are shown. The run covers the events of all partners: sign in as another
            partner's user{session.value?.admin || (session.value?.partners.length ?? 0) > 1 ? ", or choose another partner," : ""} to see theirs.
          </p>
          {unread ? <p class="hint">{plural(unread, "event")} more were not read.</p> : null}
          {added.length ? <AddedTable added={added} currency={currency} /> : <Empty>{`The run added no adjustment to the events of ${partner}.`}</Empty>}
        </>
      )}
    </Load>
  );
}

function AddedTable(props: { added: Added[]; currency: string }): JSX.Element {
  const { added, currency } = props;
  const purchases = added.reduce((sum, { row }) => sum + row.purchase, 0);
  const revenue = added.reduce((sum, { row }) => sum + row.revenue, 0);
  return (
    <>
    <p class="below">
      <b>{plural(added.length, "adjustment")}</b>: {plural(purchases, "purchase")}, {money(revenue, currency)}
    </p>
    <Table
      label="Adjustments that the run added"
      rows={added}
      rowKey={({ row }) => row.id}
      columns={[
        { key: "event", title: "Event and adjustment", cell: (each) => <EventName {...each} /> },
        { key: "purchase", title: "Purchases", number: true, cell: ({ row }) => row.purchase },
        { key: "revenue", title: "Revenue", number: true, cell: ({ row }) => money(row.revenue, currency) },
      ]}
    />
    </>
  );
}

/** Events of a series have one title: the day and the id tell them apart. */
function EventName({ event, row }: Added): JSX.Element {
  return (
    <span class="two-lines">
      <a href={href(["events", event.id])}>{event.title}</a>
      <small>
        {event.start_date_time.slice(0, 10)} · <span class="id">{event.id}</span>
      </small>
      <small>
        <a class="id" href={hereWith({ explain: `event/${event.id}`, row: row.id })}>
          {row.id}
        </a>
      </small>
    </span>
  );
}

interface Part {
  added: Added[];
  currency: string;
  unread: number;
  /** The partner whose events were read. */
  partner: string;
}

async function read(run: string, abort: AbortSignal): Promise<Part> {
  const [partner, page] = await Promise.all([
    platform.get("/partners/", {}, abort),
    platform.get("/events/", { query: { limit: MAX_EVENTS } }, abort),
  ]);
  const partnerId = session.peek()?.partner ?? String(partner.id);
  const added: Added[] = [];
  const left = [...page.items];
  const work = async (): Promise<void> => {
    for (let event = left.shift(); event; event = left.shift()) {
      const query = { eid: event.id, partner_id: partnerId };
      for (const row of await platform.get("/campaign_results/", { query }, abort)) {
        if (row.created_at === run && row.source === "automated") added.push({ event, row });
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  added.sort((one, other) => other.row.revenue - one.row.revenue);
  return { added, currency: partner.currency, unread: page.total - page.items.length, partner: partnerId };
}
