/** An event: its revenue by day under its attribution model, its adjustments, its series and Meta's report. */

import type { JSX } from "preact";
import { platform } from "../data/platform";
import { useResource } from "../data/resource";
import { session } from "../data/session";
import type { Platform } from "../data/types";
import { instant, plural } from "../format";
import type { PageProps } from "../pages";
import { Card, PageHead } from "../parts/basic";
import { Load, SignInFirst } from "../parts/Load";
import { parameter } from "../router";
import { Adjustments } from "./event/Adjustments";
import { useSummary } from "./event/data";
import { Facts } from "./event/Facts";
import { Meta } from "./event/Meta";
import { Models } from "./event/Models";
import { Revenue } from "./event/Revenue";
import { Series } from "./event/Series";
import { EventChips } from "./event/chips";

/** The page. */
export function EventPage({ rest }: PageProps): JSX.Element {
  const id = rest[0] ?? "";
  if (!session.value) {
    return (
      <>
        <PageHead title={id} />
        <Card title="Event">
          <SignInFirst />
        </Card>
      </>
    );
  }
  return <SignedIn id={id} />;
}

function SignedIn(props: { id: string }): JSX.Element {
  const { id } = props;
  const options = { path: { eid: id } };
  const event = useResource(`event/${id}`, {
    load: (abort) => platform.get("/events/{eid}", options, abort),
    request: () => platform.describe("get", "/events/{eid}", options),
    on: ["writes"],
  });
  const found = event.value;
  return (
    <>
      <PageHead title={found?.title ?? id} chip={found ? <EventChips event={found} /> : null} sub={found ? place(found) : null} />
      {found ? null : (
        <Card title="Event">
          <Load of={event}>{() => null}</Load>
        </Card>
      )}
      {found ? <Parts event={found} /> : null}
    </>
  );
}

function place(event: Platform["Event"]): JSX.Element {
  const where = [event.venue_name, event.hall_name, event.city].filter(Boolean).join(", ");
  return (
    <>
      <span class="id">{event.id}</span> · {instant(event.start_date_time).slice(0, 16)} UTC · {where}
      {event.capacity ? ` · ${plural(event.capacity, "seat")}` : ""}
    </>
  );
}

function Parts(props: { event: Platform["Event"] }): JSX.Element {
  const { event } = props;
  const summary = useSummary(event.id);
  const measure = parameter("measure") === "purchases" ? "purchases" : "revenue";
  return (
    <div class="grid">
      <Revenue event={event} summary={summary} measure={measure} />
      <Models event={event} summary={summary} measure={measure} />
      <Adjustments event={event} summary={summary} />
      <Series event={event} />
      <Meta event={event} summary={summary} />
      <Facts event={event} />
    </div>
  );
}
