/** The sheet of an event's daily sales: downloaded, edited, sent back; and the removal of what was brought in. */

import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { platformBase } from "../../data/base";
import type { Problem } from "../../data/http";
import { buildPlatformRequest, platform, sendToPlatform } from "../../data/platform";
import { buildUrl } from "../../data/typed";
import type { Platform } from "../../data/types";
import { plural } from "../../format";
import { AsCurl, Button, Card, Note } from "../../parts/basic";
import { confirm } from "../../parts/Dialog";
import { Field, Form } from "../../parts/Form";
import { ApiError } from "../../data/http";
import { EventField } from "./EventField";

const PATH = "/daily_revenue_summary/sales_edit_export";
const pathOf = (event: string, format?: string): string => buildUrl("", PATH, { query: { event_id: event, format } });

/** The card. */
export function SalesSheet(): JSX.Element {
  const [event, setEvent] = useState("");
  const [file, setFile] = useState<File | null>(null);
  const [error, setError] = useState<ApiError | null>(null);
  const [result, setResult] = useState<Platform["SalesEditResult"] | null>(null);
  const form = (): FormData => {
    const data = new FormData();
    if (file) data.append("file", file);
    return data;
  };
  const upload = async (): Promise<void> => {
    setResult(null);
    const { data } = await sendToPlatform("POST", pathOf(event), form());
    setResult(data as Platform["SalesEditResult"]);
  };
  return (
    <Card title="Sales as a sheet" span={4}>
      <Form
        label="Sales as a sheet"
        submit="Upload"
        fields={["event_id", "file"]}
        onSubmit={upload}
        onError={setError}
        request={() => buildPlatformRequest("POST", `${platformBase}${pathOf(event)}`, form())}
      >
        <EventField value={event} error={error?.problem("event_id")} onInput={setEvent} />
        <Download event={event} onError={setError} />
        <Field label="Edited sheet (CSV or XLSX)" error={error?.problem("file")}>
          {(attributes) => (
            <input {...attributes} type="file" accept=".csv,.xlsx" onChange={(chosen) => setFile(chosen.currentTarget.files?.[0] ?? null)} />
          )}
        </Field>
      </Form>
      {result ? <Outcome result={result} /> : null}
      <Clear event={event} />
    </Card>
  );
}

function Download(props: { event: string; onError: (error: ApiError | null) => void }): JSX.Element {
  const { event, onError } = props;
  const download = async (): Promise<void> => {
    try {
      const { data } = await sendToPlatform("GET", pathOf(event, "csv"));
      onError(null);
      save(String(data), `${event}.csv`);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      onError(error);
      if (!error.problem("event_id")) throw error;
    }
  };
  return (
    <p class="actions spaced">
      <Button onClick={download}>Download CSV</Button>
      <AsCurl request={() => buildPlatformRequest("GET", `${platformBase}${pathOf(event, "csv")}`)} what="Download" />
    </p>
  );
}

function save(text: string, name: string): void {
  const address = URL.createObjectURL(new Blob([text], { type: "text/csv" }));
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  URL.revokeObjectURL(address);
}

function Outcome(props: { result: Platform["SalesEditResult"] }): JSX.Element {
  const { changed, validation_errors: problems } = props.result;
  if (!problems.length) return <Note tone="ok">{plural(changed, "day")} changed.</Note>;
  return (
    <Note tone="bad">
      Nothing changed.
      <ul class="problems">
        {problems.map((problem: Problem, index: number) => (
          <li key={index}>{problem.message}</li>
        ))}
      </ul>
    </Note>
  );
}

function Clear(props: { event: string }): JSX.Element {
  const options = { query: { event_id: props.event } };
  const clear = (): void =>
    confirm({
      title: `Clear the sales of ${props.event}?`,
      lost: "This removes all sales that the partner brought in, and all manual adjustments of this event. Automated adjustments stay.",
      action: "Clear the sales",
      run: () => platform.delete("/daily_revenue_summary/", options),
      request: () => platform.describe("delete", "/daily_revenue_summary/", options),
      done: `Cleared the sales of ${props.event}.`,
    });
  return (
    <div class="facts-action">
      <h3>What the partner brought in</h3>
      <p class="actions">
        <Button danger disabled={!props.event} onClick={clear}>
          Clear the sales
        </Button>
        {props.event ? null : <span class="hint">Choose an event above first.</span>}
        <AsCurl request={() => platform.describe("delete", "/daily_revenue_summary/", options)} what="Clear the sales" />
      </p>
    </div>
  );
}
