/** The states of an event as chips. */

import type { JSX } from "preact";
import type { Platform } from "../../data/types";
import { Chip, type Tone } from "../../parts/basic";

const TONES: Record<string, Tone> = { RUNNING: "ok", OPEN: "accent", cancelled: "bad", FLAGGED: "accent", PAUSED: "warn" };

/** What is out of the ordinary about an event, and the state of its campaign. */
export function EventChips(props: { event: Platform["Event"] }): JSX.Element {
  const { event } = props;
  const states: [value: string, what: string][] = [[event.campaign_status, "campaign"]];
  if (event.client_campaign_status === "PAUSED") states.push(["PAUSED", "the client's campaign"]);
  if (event.frontend_status !== "DEFAULT") states.push([event.frontend_status, "frontend status"]);
  if (event.status !== "active") states.push([event.status, "status"]);
  return (
    <span class="chips inline">
      {states.map(([value, what]) => (
        <Chip key={what} tone={TONES[value] ?? "plain"} title={what}>
          {value}
        </Chip>
      ))}
    </span>
  );
}
