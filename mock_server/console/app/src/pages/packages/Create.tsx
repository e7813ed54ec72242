/** The form for a new package. */

import type { JSX } from "preact";
import { useId, useState } from "preact/hooks";
import { requireFields, type ApiError } from "../../data/http";
import { useEventChoices } from "../../data/partner";
import { platform } from "../../data/platform";
import type { Resource } from "../../data/resource";
import type { Platform } from "../../data/types";
import { Button, Card } from "../../parts/basic";
import { Form, SelectField, TextField } from "../../parts/Form";
import { Load } from "../../parts/Load";
import { toast } from "../../parts/Toast";
import { go, href, setParameters } from "../../router";

type New = Platform["NewPackage"];

const MODES: New["targeting_mode"][] = ["lookalike", "selective", "inclusive"];
const FIELDS = ["package_title", "targeting_mode", "num_packages", "n_top_events", "event_ids"];

interface Entered {
  title: string;
  mode: string;
  clusters: string;
  top: string;
  events: string[];
}

/** What is not a number is sent as it is: the platform's own words say what is wrong. */
const asNumber = (text: string): number => (/^-?\d+$/.test(text) ? Number(text) : (text as unknown as number));

/** The card. */
export function CreatePackage(props: { packages: Resource<Platform["Package"][]> }): JSX.Element {
  const [entered, setEntered] = useState<Entered>({ title: "", mode: "lookalike", clusters: "3", top: "10", events: [] });
  const [error, setError] = useState<ApiError | null>(null);
  const change = (part: Partial<Entered>): void => setEntered({ ...entered, ...part });
  const body: New = {
    package_title: entered.title,
    targeting_mode: entered.mode as New["targeting_mode"],
    num_packages: asNumber(entered.clusters),
    n_top_events: asNumber(entered.top),
    event_ids: entered.events,
  };
  const create = async (): Promise<void> => {
    requireFields([
      ["package_title", entered.title, "Enter a title."],
      ["num_packages", entered.clusters, "Enter a number from 1 to 20."],
      ["n_top_events", entered.top, "Enter a number from 1 to 100."],
      ["event_ids", entered.events.length > 0, "Choose at least one event."],
    ]);
    const made = await platform.post("/package_builder/packages", { body });
    await props.packages.refresh();
    toast(`Created ${made.id}. The platform is building it.`, "ok");
    go(href(["packages", made.id]));
  };
  return (
    <Card title="New package">
      <Form
        label="New package"
        submit="Create"
        fields={FIELDS}
        onSubmit={create}
        onError={setError}
        request={() => platform.describe("post", "/package_builder/packages", { body })}
        extra={<Button onClick={() => setParameters({ new: null })}>Cancel</Button>}
      >
        <div class="two-columns">
          <div>
            <TextField label="Title" value={entered.title} error={error?.problem("package_title")} onInput={(title) => change({ title })} />
            <SelectField label="Targeting mode" value={entered.mode} options={MODES} error={error?.problem("targeting_mode")} onInput={(mode) => change({ mode })} />
            <div class="row aligned">
              <TextField label="Clusters (1 to 20)" type="number" value={entered.clusters} error={error?.problem("num_packages")} onInput={(clusters) => change({ clusters })} />
              <TextField label="Top events (1 to 100)" type="number" value={entered.top} error={error?.problem("n_top_events")} onInput={(top) => change({ top })} />
            </div>
          </div>
          <Events chosen={entered.events} error={error?.problem("event_ids")} onChange={(events) => change({ events })} />
        </div>
      </Form>
    </Card>
  );
}

function Events(props: { chosen: string[]; error: string | undefined; onChange: (ids: string[]) => void }): JSX.Element {
  const { chosen, error, onChange } = props;
  const id = useId();
  const choices = useEventChoices();
  const [filter, setFilter] = useState("");
  const toggle = (id: string, on: boolean): void => onChange(on ? [...chosen, id] : chosen.filter((each) => each !== id));
  return (
    <fieldset class={error ? "choices invalid" : "choices"} aria-describedby={error ? id : undefined}>
      <legend>Events, {chosen.length} chosen</legend>
      <TextField label="Filter the events" quiet type="search" placeholder="Filter" value={filter} onInput={setFilter} />
      <Load of={choices}>
        {(page) => (
          <div class="scroll choice-list" role="group" aria-label="Events" tabIndex={0}>
            {page.items
              .filter((event) => `${event.title} ${event.id} ${event.city}`.toLowerCase().includes(filter.toLowerCase()))
              .map((event) => (
                <label key={event.id}>
                  <input
                    type="checkbox"
                    checked={chosen.includes(event.id)}
                    onChange={(change) => toggle(event.id, change.currentTarget.checked)}
                  />
                  <span>{event.title}</span>
                  <span class="dim">
                    {event.start_date_time.slice(0, 10)}, {event.city}
                  </span>
                </label>
              ))}
          </div>
        )}
      </Load>
      {error ? (
        <p class="field-error" id={id}>
          {error}
        </p>
      ) : null}
    </fieldset>
  );
}
