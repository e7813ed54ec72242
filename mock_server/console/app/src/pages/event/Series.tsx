/** The other events of the event's series, and a form that replaces them. */

import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { ApiError } from "../../data/http";
import { titleOf, useEventChoices } from "../../data/partner";
import { platform } from "../../data/platform";
import { invalidate, useResource, type Resource } from "../../data/resource";
import type { Platform } from "../../data/types";
import { AsCurl, Card, Empty } from "../../parts/basic";
import { Form, TextField } from "../../parts/Form";
import { Load } from "../../parts/Load";
import { toast } from "../../parts/Toast";
import { href, parameter, setParameters } from "../../router";

const LIMIT = 1000;

/** The card. */
export function Series(props: { event: Platform["Event"] }): JSX.Element {
  const { event } = props;
  const options = { path: { eid: event.id }, query: { limit: LIMIT } };
  const series = useResource(`series/${event.id}`, {
    load: (abort) => platform.get("/events/{eid}/series", options, abort),
    request: () => platform.describe("get", "/events/{eid}/series", options),
    on: ["writes"],
  });
  const editing = parameter("series") === "edit";
  return (
    <Card
      title="Series"
      span={4}
      aside={
        <span class="aside">
          <AsCurl request={() => platform.describe("get", "/events/{eid}/series", options)} what="the series" />
          <button type="button" class="link" aria-expanded={editing} onClick={() => setParameters({ series: editing ? null : "edit" })}>
            {editing ? "Close" : "Change"}
          </button>
        </span>
      }
    >
      <Load of={series}>
        {(ids) => (editing ? <Change key={ids.join(" ")} event={event} series={series} ids={ids} /> : <Members ids={ids} />)}
      </Load>
    </Card>
  );
}

function Members(props: { ids: string[] }): JSX.Element {
  const choices = useEventChoices();
  if (!props.ids.length) return <Empty>This event is in no series.</Empty>;
  return (
    <ul class="event-list">
      {props.ids.map((id) => {
        const found = choices.value?.items.find((event) => event.id === id);
        return (
          <li key={id}>
            <a href={href(["events", id])}>{found?.title ?? id}</a>
            <span class="dim">{found ? `${found.start_date_time.slice(0, 10)}, ${found.city}` : ""}</span>
          </li>
        );
      })}
    </ul>
  );
}

function Change(props: { event: Platform["Event"]; series: Resource<string[]>; ids: string[] }): JSX.Element {
  const { event, series } = props;
  const choices = useEventChoices();
  const [ids, setIds] = useState(props.ids);
  const [added, setAdded] = useState("");
  const [error, setError] = useState<ApiError | null>(null);
  const all = added.trim() ? [...ids, added.trim()] : ids;
  const options = { path: { eid: event.id }, query: { event_series: all } };
  const save = async (): Promise<void> => {
    await platform.post("/events/{eid}/series", options);
    invalidate("event");
    toast(all.length ? "Saved. The events are now one series." : `Saved. ${event.id} is in no series.`, "ok");
    setParameters({ series: null });
    await series.refresh();
  };
  return (
    <Form
      label="Series"
      submit="Save the series"
      fields={["event_series"]}
      onSubmit={save}
      onError={setError}
      request={() => platform.describe("post", "/events/{eid}/series", options)}
    >
      <ul class="event-list">
        {ids.map((id) => (
          <li key={id}>
            <span>{titleOf(choices.value, id)}</span>
            <button type="button" class="link" onClick={() => setIds(ids.filter((each) => each !== id))}>
              Remove<span class="unseen"> {id}</span>
            </button>
          </li>
        ))}
      </ul>
      <TextField
        label="Add an event (id)"
        value={added}
        list="series-choices"
        placeholder="evt_…"
        error={error?.problem("event_series")}
        hint="Its whole series comes along: membership is mutual."
        onInput={setAdded}
      />
      <datalist id="series-choices">
        {choices.value?.items.map((each) => (
          <option key={each.id} value={each.id}>
            {each.title}
          </option>
        ))}
      </datalist>
    </Form>
  );
}
