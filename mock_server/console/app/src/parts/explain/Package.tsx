/** The explanation of a package's settings and other members. */

import type { JSX } from "preact";
import { control } from "../../data/control";
import { useResource } from "../../data/resource";
import type { Control } from "../../data/types";
import { Load } from "../Load";
import { AsCurl } from "../basic";
import { Cause, Fact, withoutIso } from "./facts";

/** The members of the package, each with its cause. */
export function PackageBody(props: { id: string }): JSX.Element {
  const options = { path: { package_id: props.id } };
  const found = useResource(`explain/package/${props.id}`, {
    load: (abort) => control.get("/explain/package/{package_id}", options, abort),
    on: ["jobs", "writes"],
  });
  return (
    <>
      <p class="drawer-actions">
        <AsCurl request={() => control.describe("get", "/explain/package/{package_id}", options)} />
      </p>
      <Load of={found}>
        {(value) => {
          const fields = Object.entries(value.fields);
          return (
            <>
              <FieldFacts fields={fields.filter(([name]) => isSetting(name))} />
              <details>
                <summary>All other fields</summary>
                <FieldFacts fields={fields.filter(([name]) => !isSetting(name))} />
              </details>
            </>
          );
        }}
      </Load>
    </>
  );
}

const isSetting = (name: string): boolean => name.startsWith("backhaul_") || name === "email_sent_date" || name === "evaluation_settings";

function FieldFacts(props: { fields: [string, Control["ExplainedField"]][] }): JSX.Element {
  return (
    <dl class="facts">
      {props.fields.map(([name, field]) => (
        <Fact key={name} name={name}>
          <code>{compact(field.value)}</code>
          <small>
            <Cause cause={field.set_by} />
          </small>
        </Fact>
      ))}
    </dl>
  );
}

function compact(value: unknown): string {
  const text = withoutIso(typeof value === "string" ? value : JSON.stringify(value));
  return text.length > 120 ? `${text.slice(0, 119)}…` : text;
}
