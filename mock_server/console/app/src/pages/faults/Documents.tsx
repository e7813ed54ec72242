/** Which generation of the vendor's documentation the workspace follows, and the quirks in which documents disagree. */

import type { JSX } from "preact";
import { control } from "../../data/control";
import { status } from "../../data/live";
import { useResource, type Resource } from "../../data/resource";
import type { Control } from "../../data/types";
import { AsCurl, Card, Chip } from "../../parts/basic";
import { CheckField, Segmented } from "../../parts/Form";
import { Load } from "../../parts/Load";
import { toast } from "../../parts/Toast";

type Profile = Control["WorkspaceDocumentation"];
type Name = keyof Control["Quirks"];

/** What each quirk changes, and whether the older and the newer documents have it, where they differ in it. */
const QUIRKS: [name: Name, effect: string, generations?: [older: boolean, newer: boolean]][] = [
  ["core_event_members", "Events have no currency, campaign_stop_time and has_active_campaigns; benchmark has no state.", [false, true]],
  ["cancelled_frontend_status", "The frontend_status of an event may also be CANCELLED.", [false, true]],
  ["clear_sales_204", "DELETE /daily_revenue_summary/ answers 204 instead of 200.", [true, false]],
  ["campaign_results_admin_only", "/campaign_results/ answers 403 to users without the group fd-admin.", [false, true]],
  ["ingest_without_record", "POST /ingest/transaction_summary returns only validation_errors.", [false, true]],
  ["polling_every_3_seconds", "The client checks advise polling at most every 3 s instead of every 10 s.", [false, true]],
  ["numeric_client_id", "The id in GET /partners/ is a number."],
  ["ignore_unknown", "Unknown query parameters and members of bodies are ignored instead of refused."],
  ["email_date_in_defaults_ignored", "email_sent_date in the partner's defaults is ignored instead of refused."],
  ["customer_list_csv", "The customer list of a cluster is CSV instead of JSON."],
];

/** The card. */
export function Documents(): JSX.Element {
  const profile = useResource("documentation", {
    load: (abort) => control.get("/documentation", {}, abort),
    request: () => control.describe("get", "/documentation"),
    on: ["workspaces"],
  });
  return (
    <Card title="Documentation profile and quirks" aside={<AsCurl request={() => control.describe("get", "/documentation")} what="the profile" />}>
      <Load of={profile}>{(value) => <Choices profile={value} of={profile} />}</Load>
    </Card>
  );
}

function Choices({ profile, of }: { profile: Profile; of: Resource<Profile> }): JSX.Element {
  const follow = async (documentation: "older" | "newer"): Promise<void> => {
    of.set(await control.put("/documentation", { body: { documentation } }));
    await status.refresh();
    toast(`The workspace follows the ${documentation} documents.`, "ok");
  };
  const turn = async (name: Name, on: boolean): Promise<void> => {
    const quirks = await control.put("/quirks", { body: { ...profile.quirks, [name]: on } });
    of.set({ ...profile, quirks: quirks as Profile["quirks"] });
    await status.refresh();
    toast(`${name} is ${on ? "on" : "off"}.`, "ok");
  };
  const guard = (run: Promise<void>): void => void run.catch((error: unknown) => toast(String(error), "bad"));
  return (
    <>
      <div class="profile">
        <Segmented
          label="Documentation"
          value={profile.documentation}
          options={[["older", "Older documents"], ["newer", "Newer documents"]]}
          onInput={(next) => guard(follow(next as "older" | "newer"))}
        />
        <AsCurl
          request={() => control.describe("put", "/documentation", { body: { documentation: profile.documentation } })}
          what="this generation"
          seen
        />
        <p class="dim">The vendor's documents disagree. A generation sets the first six quirks; each can also be set alone.</p>
      </div>
      <ul class="quirks">
        {QUIRKS.map(([name, effect, generations]) => {
          const on = profile.quirks[name] ?? false;
          const usual = generations ? generations[profile.documentation === "newer" ? 1 : 0] : false;
          return (
            <li key={name}>
              <CheckField label={name} checked={on} onInput={(next) => guard(turn(name, next))} />
              <p class="dim">
                {effect} {on === usual ? null : <Chip tone="warn">differs from the profile</Chip>}
              </p>
            </li>
          );
        })}
      </ul>
      <p class="actions below">
        <AsCurl request={() => control.describe("put", "/quirks", { body: profile.quirks })} what="these quirks" seen />
      </p>
    </>
  );
}
