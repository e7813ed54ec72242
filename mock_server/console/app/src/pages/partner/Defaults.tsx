/** The settings that new packages start with. */

import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { ApiError } from "../../data/http";
import { partnerId, useDefaults, usePackages } from "../../data/partner";
import { platform } from "../../data/platform";
import type { Resource } from "../../data/resource";
import type { Platform } from "../../data/types";
import { plural } from "../../format";
import { AsCurl, Card } from "../../parts/basic";
import { Form, SelectField, TextField } from "../../parts/Form";
import { Load } from "../../parts/Load";
import { toast } from "../../parts/Toast";
import { href } from "../../router";

type Held = Platform["BackhaulDefaults"];

const MODELS: [Held["backhaul_evaluation_model"], string][] = [
  ["ALL_PURCHASES", "ALL_PURCHASES: any purchase"],
  ["EVENTS_FROM_PACKAGE", "EVENTS_FROM_PACKAGE: its events"],
  ["EVENT_SERIES", "EVENT_SERIES: their series too"],
];
const FIELDS = ["backhaul_evaluation_model", "backhaul_evaluation_attribution_window"];
const PATH = "/partners/{partner_id}/backhaul_attribution_details";

/** The card. */
export function Defaults(): JSX.Element {
  const defaults = useDefaults();
  const read = () => platform.describe("get", PATH, { path: { partner_id: partnerId() } });
  return (
    <Card title="Defaults of new packages" span={4} aside={<AsCurl request={read} what="the defaults" />}>
      <Load of={defaults}>
        {(value) => <DefaultsForm key={JSON.stringify(value)} held={value} defaults={defaults} />}
      </Load>
    </Card>
  );
}

function DefaultsForm(props: { held: Held; defaults: Resource<Held> }): JSX.Element {
  const [model, setModel] = useState<string>(props.held.backhaul_evaluation_model);
  const [window, setWindow] = useState(String(props.held.backhaul_evaluation_attribution_window));
  const [error, setError] = useState<ApiError | null>(null);
  const existing = usePackages().value;
  const options = {
    path: { partner_id: partnerId() },
    body: {
      backhaul_evaluation_model: model as Held["backhaul_evaluation_model"],
      // What is no number is sent as it is: the platform says what is wrong.
      backhaul_evaluation_attribution_window: /^-?\d+$/.test(window) ? Number(window) : (window as unknown as number),
    },
  };
  const save = async (): Promise<void> => {
    props.defaults.set(await platform.post(PATH, options));
    toast("Saved. Packages that are created from now on start with these settings.", "ok");
  };
  return (
    <Form
      label="Defaults"
      submit="Save the defaults"
      fields={FIELDS}
      onSubmit={save}
      onError={setError}
      request={() => platform.describe("post", PATH, options)}
    >
      <SelectField label="Model" value={model} options={MODELS} error={error?.problem("backhaul_evaluation_model")} onInput={setModel} />
      <TextField
        label="Window (days)"
        type="number"
        value={window}
        error={error?.problem("backhaul_evaluation_attribution_window")}
        onInput={setWindow}
      />
      <p class="hint">
        New and merged packages start with them; a regenerated package keeps its own settings. A change touches new packages only.{" "}
        {existing ? (
          <>
            <a href={href(["packages"])}>{existing.length === 1 ? "The 1 package" : `The ${plural(existing.length, "package")}`}</a> that
            exist{existing.length === 1 ? "s" : ""} will not be touched, and no evaluation starts.
          </>
        ) : null}
      </p>
    </Form>
  );
}
