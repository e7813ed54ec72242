/** The partner's events, with the documented filters and the last 30 days of each one's revenue. */

import type { JSX } from "preact";
import { ApiError } from "../data/http";
import { platform } from "../data/platform";
import { useResource, type Resource } from "../data/resource";
import type { Platform } from "../data/types";
import { count, instant } from "../format";
import type { PageProps } from "../pages";
import { AsCurl, Button, Card, Empty, PageHead } from "../parts/basic";
import { Load } from "../parts/Load";
import { Table, type Column } from "../parts/Table";
import { WhenSeen } from "../parts/WhenSeen";
import { href, route, setParameters } from "../router";
import { EventChips } from "./event/chips";
import { clearFilters, Filters, readFilters } from "./events/Filters";
import { LastDays } from "./events/LastDays";

type Page = Platform["EventPage"];

const LIMIT = 25;

/** The page. */
export function EventsPage(_props: PageProps): JSX.Element {
  const filters = readFilters(route.value.query);
  const page = Number(route.value.query.get("page")) || 1;
  const options = { query: { ...filters, page, limit: LIMIT } };
  const events = useResource(`events/list/${JSON.stringify(options)}`, {
    load: (abort) => platform.get("/events/", options, abort),
    request: () => platform.describe("get", "/events/", options),
    on: ["writes"],
  });
  const { error } = events.state.value;
  const refused = error instanceof ApiError && error.status === 400 ? error : null;
  return (
    <>
      <PageHead title="Events" />
      <Card
        name="events"
        title={events.value ? `${count(events.value.total)} ${events.value.total === 1 ? "event" : "events"}` : "Events"}
        aside={<AsCurl request={() => platform.describe("get", "/events/", options)} what="these events" />}
      >
        <Filters filters={filters} error={refused} />
        {refused && !refused.problem("page") ? (
          <Empty action={<Button onClick={clearFilters}>Clear the filters</Button>}>The platform refuses these filters.</Empty>
        ) : (
          <Load of={events} lines={8}>
            {(value) => <List page={value} />}
          </Load>
        )}
        {events.value && !refused ? <Pager events={events} /> : null}
      </Card>
    </>
  );
}

const COLUMNS: Column<Platform["Event"]>[] = [
  {
    key: "title",
    title: "Title",
    cell: (event) => (
      <span class="two-lines">
        <a href={href(["events", event.id])}>{event.title}</a>
        <small class="id">{event.id}</small>
      </span>
    ),
  },
  {
    key: "start",
    title: "Start (UTC)",
    cell: (event) => <time dateTime={event.start_date_time}>{instant(event.start_date_time).slice(0, 16)}</time>,
  },
  {
    key: "city",
    title: "City",
    cell: (event) => (
      <span class="two-lines">
        {event.city}
        <small>{event.venue_name}</small>
      </span>
    ),
  },
  { key: "status", title: "Status", cell: (event) => <EventChips event={event} /> },
  { key: "days", title: "Last 30 days", cell: (event) => <WhenSeen>{() => <LastDays id={event.id} />}</WhenSeen> },
];

function List(props: { page: Page }): JSX.Element {
  const { page } = props;
  if (!page.items.length) {
    return <Empty action={<Button onClick={clearFilters}>Clear the filters</Button>}>No event matches.</Empty>;
  }
  return <Table label="Events" rows={page.items} rowKey={(event) => event.id} columns={COLUMNS} />;
}

function Pager(props: { events: Resource<Page> }): JSX.Element | null {
  const page = props.events.value;
  if (!page || page.pages <= 1) return null;
  const first = (page.page - 1) * page.limit + 1;
  const to = (number: number | null) => () => setParameters({ page: number === 1 ? null : number });
  return (
    <nav class="actions below" aria-label="Pages">
      <Button small disabled={page.prevPage === null} onClick={to(page.prevPage)}>
        Previous
      </Button>
      <Button small disabled={page.nextPage === null} onClick={to(page.nextPage)}>
        Next
      </Button>
      <span class="dim">
        {page.items.length ? `${count(first)} to ${count(first + page.items.length - 1)}` : "none"} of {count(page.total)}
      </span>
    </nav>
  );
}
