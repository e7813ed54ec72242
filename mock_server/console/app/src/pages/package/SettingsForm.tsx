/** The form of the evaluation settings. Saving it is the only way to start an evaluation. */

import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { ApiError } from "../../data/http";
import { now } from "../../data/live";
import { useDefaults } from "../../data/partner";
import { platform } from "../../data/platform";
import { announce } from "../../data/topics";
import { plural, whenNear } from "../../format";
import { Button, Card, Note } from "../../parts/basic";
import { explain, ExplainLink } from "../../parts/explain/links";
import { Form, SelectField, TextField } from "../../parts/Form";
import { Load } from "../../parts/Load";
import { describeSettings, differences } from "../../parts/packages";
import { toast } from "../../parts/Toast";
import { href } from "../../router";
import type { PackageData, Settings } from "./data";

/** What stands in the fields, as texts. */
export interface Draft {
  model: string;
  window: string;
  sent: string;
}

const PATH = "/package_builder/packages/{package_id}/backhaul_evaluation_details";
const MODELS = ["EVENTS_FROM_PACKAGE", "EVENT_SERIES", "ALL_PURCHASES"];
const FIELDS = ["backhaul_evaluation_model", "backhaul_evaluation_attribution_window", "email_sent_date"];

/** Settings as texts. */
export function toDraft(settings: Settings): Draft {
  return {
    model: settings.backhaul_evaluation_model,
    window: String(settings.backhaul_evaluation_attribution_window),
    sent: settings.email_sent_date ?? "",
  };
}

const isSame = (one: Draft, other: Draft): boolean => JSON.stringify(one) === JSON.stringify(other);

/** The body of the PUT. What is no number is sent as it is, so that the platform says what is wrong with it. */
function toBody(draft: Draft): Settings {
  const days = draft.window.trim() === "" ? draft.window : Number(draft.window);
  return {
    backhaul_evaluation_attribution_window: (Number.isNaN(days) ? draft.window : days) as number,
    backhaul_evaluation_model: draft.model as Settings["backhaul_evaluation_model"],
    email_sent_date: draft.sent || null,
  };
}

/** The card. `onDraft` tells the picture of the window what stands in the fields. */
export function SettingsCard(props: { data: PackageData; onDraft: (draft: Draft) => void }): JSX.Element {
  return (
    <Card
      title="Evaluation settings"
      span={4}
      aside={<ExplainLink to={explain("package", props.data.id)}>Who set these</ExplainLink>}
    >
      <Load of={props.data.settings} lines={4}>
        {(saved) => <SettingsForm saved={saved} {...props} />}
      </Load>
    </Card>
  );
}

/** The fields. They follow what other clients save, unless something was entered: then `newer` is what they saved. */
function useDraft(saved: Settings) {
  const held = toDraft(saved);
  const base = useRef(held);
  const [draft, setDraft] = useState(held);
  const take = (settings: Settings): void => {
    base.current = toDraft(settings);
    setDraft(base.current);
  };
  const isEdited = !isSame(draft, base.current);
  useEffect(() => {
    if (!isEdited) take(saved);
  }, [JSON.stringify(saved)]);
  const isNewer = isEdited && !isSame(held, base.current) && !isSame(held, draft);
  return { draft, setDraft, take, newer: isNewer ? saved : null };
}

function SettingsForm(props: { data: PackageData; saved: Settings; onDraft: (draft: Draft) => void }): JSX.Element {
  const { data, saved, onDraft } = props;
  const { draft, setDraft, take, newer } = useDraft(saved);
  const [error, setError] = useState<ApiError | null>(null);
  const isDone = (data.detail.value?.status ?? "DONE") === "DONE";
  useEffect(() => onDraft(draft), [draft]);
  const set = (part: Partial<Draft>): void => setDraft({ ...draft, ...part });
  const options = () => ({ path: { package_id: data.id }, body: toBody(draft) });
  const save = async (): Promise<void> => {
    const made = await platform.put(PATH, options());
    take(made);
    data.settings.set(made);
    // The result that is shown may be of older settings from now on: a client has to drop it, and to read anew.
    await Promise.all([data.results.refresh(), data.state.refresh()]);
    announce("jobs");
    toast(savedText(data), "ok");
  };
  return (
    <Form
      label="Evaluation settings"
      submit="Save and re-evaluate"
      disabled={!isDone}
      fields={FIELDS}
      onSubmit={save}
      onError={setError}
      request={() => platform.describe("put", PATH, options())}
    >
      <SelectField
        label="Model"
        value={draft.model}
        options={MODELS}
        onInput={(model) => set({ model })}
        error={error?.problem("backhaul_evaluation_model")}
      />
      <div class="row start">
        <TextField
          label="Window (days)"
          type="number"
          min={1}
          max={365}
          value={draft.window}
          onInput={(window) => set({ window })}
          error={error?.problem("backhaul_evaluation_attribution_window")}
        />
        <TextField
          label="Email sent date (UTC)"
          placeholder="YYYY-MM-DD"
          value={draft.sent}
          onInput={(sent) => set({ sent })}
          error={error?.problem("email_sent_date")}
        />
      </div>
      <p class="hint">Without a date, the window starts on the day on which the package was created.</p>
      <AgainstDefaults saved={saved} />
      {newer ? (
        <Note label="Newer settings" action={<Button onClick={() => take(newer)}>Show them</Button>}>
          Another client has saved {describeSettings(newer)}. Saving replaces these.
        </Note>
      ) : null}
      {isDone ? null : <p class="hint">Settings can be saved only while the package is DONE.</p>}
    </Form>
  );
}

/** Why a change of the defaults does not show here. */
function AgainstDefaults(props: { saved: Settings }): JSX.Element | null {
  const defaults = useDefaults().value;
  const names = defaults ? differences(props.saved, defaults) : [];
  if (!defaults || !names.length) return null;
  return (
    <p class="hint">
      Other {names.join(" and ")} than <a href={href(["partner"])}>the defaults</a> ({defaults.backhaul_evaluation_model},{" "}
      {plural(defaults.backhaul_evaluation_attribution_window, "day")}): a change of the defaults does not touch this package.
    </p>
  );
}

function savedText(data: PackageData): string {
  const due = data.state.value?.due;
  if (!due) return "Saved.";
  return `Saved. The evaluation is due at ${whenNear(due, now.value ?? due)}.`;
}
