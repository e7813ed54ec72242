/** What several pages say of a package: its status, the settings that it holds, how they differ from the defaults. */

import type { JSX } from "preact";
import { useSettings } from "../data/partner";
import type { Platform } from "../data/types";
import { plural } from "../format";
import { Chip, type Tone } from "./basic";

const TONES: Record<Platform["PackageStatus"], Tone> = {
  INITIALIZING: "accent",
  INPROGRESS: "accent",
  DONE: "ok",
  FAILED: "bad",
  EXPIRED: "warn",
};

/** Whether the platform builds a package again if asked to. */
export const canRegenerate = (status: Platform["PackageStatus"]): boolean => status === "EXPIRED" || status === "FAILED";

/** The status of a package. */
export function PackageStatusChip(props: { status: Platform["PackageStatus"] }): JSX.Element {
  return <Chip tone={TONES[props.status] ?? "plain"}>{props.status}</Chip>;
}

/** `EVENT_SERIES, 21 days, email sent 2026-08-15` */
export function describeSettings(settings: Platform["EvaluationSettings"]): string {
  return `${settings.backhaul_evaluation_model}, ${describeWindow(settings)}`;
}

function describeWindow({ backhaul_evaluation_attribution_window: days, email_sent_date: sent }: Platform["EvaluationSettings"]): string {
  return `${plural(days, "day")}, ${sent ? `email sent ${sent}` : "no email date"}`;
}

/** The settings that a package holds. */
export function SettingsHeld(props: { id: string }): JSX.Element {
  const { value, error } = useSettings(props.id).state.value;
  if (value) {
    return (
      <span class="two-lines">
        <span class="line">{value.backhaul_evaluation_model}</span>
        <small class="line">{describeWindow(value)}</small>
      </span>
    );
  }
  return <span class="dim">{error ? error.message : ""}</span>;
}

/** The names of the settings that differ from the defaults. The date is no default, so it is not compared. */
export function differences(held: Platform["BackhaulDefaults"], defaults: Platform["BackhaulDefaults"]): string[] {
  const names: string[] = [];
  if (held.backhaul_evaluation_model !== defaults.backhaul_evaluation_model) names.push("model");
  if (held.backhaul_evaluation_attribution_window !== defaults.backhaul_evaluation_attribution_window) names.push("window");
  return names;
}

/** Says whether a package holds the defaults of today. */
export function ComparedWithDefaults(props: { id: string; defaults: Platform["BackhaulDefaults"] | undefined }): JSX.Element | null {
  const { value } = useSettings(props.id).state.value;
  if (!value || !props.defaults) return null;
  const names = differences(value, props.defaults);
  return names.length ? <Chip tone="warn">other {names.join(" and ")}</Chip> : <span class="dim">same</span>;
}
