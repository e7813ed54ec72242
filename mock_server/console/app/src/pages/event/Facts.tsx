/** What the platform says of an event, and its frontend status, which users set. */

import type { JSX } from "preact";
import { platform } from "../../data/platform";
import { invalidate } from "../../data/resource";
import type { Platform } from "../../data/types";
import { instant, percent } from "../../format";
import { AsCurl, Button, Card } from "../../parts/basic";
import { toast } from "../../parts/Toast";

type Status = Platform["NewFrontendStatus"]["frontend_status"];
const STATUSES: [Status, string][] = [
  ["DEFAULT", "Default"],
  ["FLAGGED", "Flag"],
  ["HIDDEN", "Hide"],
];

/** The card. */
export function Facts(props: { event: Platform["Event"] }): JSX.Element {
  const { event } = props;
  const prediction = event.benchmark?.prediction;
  const facts: [name: string, value: string | null | undefined][] = [
    ["Status", event.status],
    ["Campaign", event.campaign_status],
    ["Client's campaign", event.client_campaign_status],
    ["Optimisation", event.campaign_optimisation_status],
    ["Ad optimisation", event.ad_campaign_optimisation_status],
    ["Campaign stops", event.campaign_stop_time ? `${instant(event.campaign_stop_time).slice(0, 16)} UTC` : null],
    ["Category", event.category],
    ["Special ad category", event.special_ad_category],
    ["Predicted share", share(event.predicted_sales_share)],
    ["Benchmark", prediction ? `${share(prediction.value)} predicted, benchmark ${share(prediction.benchmark)}` : null],
  ];
  return (
    <Card title="Event" span={4} aside={<AsCurl request={() => platform.describe("get", "/events/{eid}", { path: { eid: event.id } })} />}>
      <dl class="facts two">
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value ?? <span class="dim">none</span>}</dd>
          </div>
        ))}
      </dl>
      <FrontendStatus event={event} />
    </Card>
  );
}

const share = (value: number | null | undefined): string | null => (value === null || value === undefined ? null : percent(value));

function FrontendStatus(props: { event: Platform["Event"] }): JSX.Element {
  const { event } = props;
  const request = (status: Status) => ({ path: { eid: event.id }, body: { frontend_status: status } });
  const set = async (status: Status): Promise<void> => {
    await platform.put("/events/{eid}/setup_frontend_status", request(status));
    invalidate("event");
    toast(`Saved. The frontend status of ${event.id} is ${status}.`, "ok");
  };
  return (
    <div class="facts-action">
      <h3>Frontend status</h3>
      <div class="actions" role="group" aria-label="Frontend status">
        {STATUSES.map(([status, label]) => (
          <Button key={status} small disabled={event.frontend_status === status} onClick={() => set(status)}>
            {label}
          </Button>
        ))}
        <AsCurl request={() => platform.describe("put", "/events/{eid}/setup_frontend_status", request("FLAGGED"))} what="the frontend status" />
      </div>
    </div>
  );
}
