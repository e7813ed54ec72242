/** The attribution model: which one is in use, and what each one would credit to whom. */

import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { control } from "../../data/control";
import { ApiError } from "../../data/http";
import { platform } from "../../data/platform";
import { useResource, type Resource } from "../../data/resource";
import type { Control, Platform } from "../../data/types";
import { percent } from "../../format";
import { AsCurl, Card, Chip, Empty, ErrorState, Note } from "../../parts/basic";
import { explain, ExplainLink } from "../../parts/explain/links";
import { Segmented } from "../../parts/Form";
import { Load } from "../../parts/Load";
import { toast } from "../../parts/Toast";
import { chosenRange, formatMeasure, MODELS, SOURCES, type Measure, type Summary } from "./data";
import { hoveredDay } from "./hover";

interface ModelsProps {
  event: Platform["Event"];
  summary: Resource<Summary>;
  measure: Measure;
}

type Model = Platform["AttributionModel"];
const NAMES = Object.keys(MODELS) as Model[];

/** The card. */
export function Models(props: ModelsProps): JSX.Element {
  const { event, summary, measure } = props;
  const options = { path: { eid: event.id } };
  const model = useResource(`model/${event.id}`, {
    load: (abort) => platform.get("/events/{eid}/attribution_model", options, abort),
    request: () => platform.describe("get", "/events/{eid}/attribution_model", options),
    on: ["writes"],
  });
  return (
    <Card title="Attribution model" span={4} aside={<ExplainLink to={explain("event", event.id)} />}>
      <Load of={model}>
        {(value) => <Chooser event={event} model={model} chosen={value.model} summary={summary} />}
      </Load>
      {summary.value ? <Splits event={event} summary={summary.value} measure={measure} /> : null}
    </Card>
  );
}

function Chooser(props: {
  event: Platform["Event"];
  model: Resource<Platform["EventAttributionModel"]>;
  chosen: Model;
  summary: Resource<Summary>;
}): JSX.Element {
  const { event, model, chosen, summary } = props;
  const [refused, setRefused] = useState<string | null>(null);
  const request = (next: Model) => ({ path: { eid: event.id }, body: { model: next } });
  const choose = async (next: Model): Promise<void> => {
    try {
      model.set(await platform.put("/events/{eid}/attribution_model", request(next)));
      setRefused(null);
      await summary.refresh();
      toast(`Saved. ${event.id} credits by ${MODELS[next]}.`, "ok");
    } catch (error) {
      setRefused(error instanceof ApiError ? (error.problem("model") ?? error.message) : String(error));
    }
  };
  return (
    <>
      <div class="toolbar">
        <Segmented label="Attribution model" value={chosen} options={NAMES} onInput={(next) => void choose(next as Model)} />
        <AsCurl request={() => platform.describe("put", "/events/{eid}/attribution_model", request(chosen))} what="the model" />
      </div>
      {refused ? <Note tone="bad">{refused}</Note> : null}
      <p class="hint">Credits by {MODELS[chosen]}. A change shows at once. Rows of past runs stay as they are.</p>
    </>
  );
}

const REST_MS = 150;

/** The day under the pointer, once the pointer rests. */
function useRestingDay(): string | null {
  const hovered = hoveredDay.value;
  const [day, setDay] = useState<string | null>(null);
  useEffect(() => {
    const timer = setTimeout(() => setDay(hovered), REST_MS);
    return () => clearTimeout(timer);
  }, [hovered]);
  return day;
}

function Splits(props: { event: Platform["Event"]; summary: Summary; measure: Measure }): JSX.Element {
  const { event, summary } = props;
  const day = useRestingDay();
  const range = chosenRange(summary);
  const [date, until] = day ? [day, day] : (range ?? ["", ""]);
  const query = { date, until, limit: 1 };
  const options = { path: { event_id: event.id }, query };
  const found = useResource(`splits/${event.id}/${date}/${until}`, {
    load: async (abort) => (date ? control.get("/explain/daily/{event_id}", options, abort) : null),
    on: ["jobs", "clock", "writes"],
  });
  const [shown, setShown] = useState<Control["DailyExplanation"] | null>(null);
  const { value, error } = found.state.value;
  useEffect(() => {
    if (value !== undefined) setShown(value);
  }, [value]);
  if (!range) return <Empty>Without sales there is nothing to credit.</Empty>;
  if (error && !shown) return <ErrorState error={error} retry={() => found.refresh()} />;
  if (!shown) return <Load of={found}>{() => null}</Load>;
  return <SplitList explanation={shown} model={summary.attribution_model} currency={summary.currency} measure={props.measure} />;
}

function SplitList(props: {
  explanation: Control["DailyExplanation"];
  model: Model;
  currency: string;
  measure: Measure;
}): JSX.Element {
  const { explanation, model, currency, measure } = props;
  const { date, until, total, id } = explanation;
  const format = formatMeasure(measure, currency, measure === "revenue");
  const why = explain("daily", id, { date, until });
  return (
    <div class="splits">
      <p class="splits-head">
        <span>{date === until ? date : `${date} to ${until}`}</span>
        <a class="ask mono" href={why}>
          {format(total[measure])}
        </a>
      </p>
      {NAMES.map((name) => (
        <SplitRow key={name} name={name} used={name === model} split={explanation.split[name]} format={format} measure={measure} why={why} />
      ))}
      <p class="hint">Point at a day to compare it. The total is the same under each model.</p>
    </div>
  );
}

function SplitRow(props: {
  name: Model;
  used: boolean;
  split: Control["RevenueSplit"] | undefined;
  format: (value: number) => string;
  measure: Measure;
  why: string;
}): JSX.Element {
  const { name, used, split, format, measure, why } = props;
  const values = SOURCES.map((source) => ({ ...source, value: split?.[source.key][measure] ?? 0 }));
  const total = values.reduce((sum, each) => sum + Math.max(0, each.value), 0);
  return (
    <section class={`model-split${used ? " used" : ""}`} aria-label={`${name}${used ? ", in use" : ""}`}>
      <h3>
        {name} {used ? <Chip tone="accent">in use</Chip> : null}
      </h3>
      <div class="share" aria-hidden="true">
        {values.map((each) => (
          <i key={each.key} class={`swatch ${each.color}`} style={{ flexGrow: total ? Math.max(0, each.value) / total : 0 }} />
        ))}
      </div>
      <dl>
        {values.map((each) => (
          <div key={each.key}>
            <dt>{each.title}</dt>
            <dd>
              <a class="ask" href={why}>
                {format(each.value)}
              </a>{" "}
              <span class="dim">{total ? percent(each.value / total) : ""}</span>
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
