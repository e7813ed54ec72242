/** The client checks: what the recorded requests do against the platform's rules and advice for clients. */

import type { JSX } from "preact";
import type { Resource } from "../../data/resource";
import { control } from "../../data/control";
import type { Control } from "../../data/types";
import { count, plural } from "../../format";
import { href } from "../../router";
import { AsCurl, Button, Card, Chip, Empty } from "../../parts/basic";
import { Load } from "../../parts/Load";

/** The findings. */
export function ChecksCard(props: { of: Resource<Control["ClientChecks"]> }): JSX.Element {
  return (
    <Card
      title="Client checks"
      aside={<AsCurl request={() => control.describe("get", "/conduct")} what="Client checks" />}
    >
      <Load of={props.of}>{(checks) => <Findings checks={checks} of={props.of} />}</Load>
    </Card>
  );
}

function Findings(props: { checks: Control["ClientChecks"]; of: Resource<Control["ClientChecks"]> }): JSX.Element {
  const { checked, discarded, findings } = props.checks;
  const again = <Button onClick={() => props.of.refresh()}>Check again</Button>;
  if (!findings.length) {
    const what = checked ? `The client breaks none of the checked rules in ${plural(checked, "request")}.` : "No requests to check yet.";
    return <Empty action={again}>{what}</Empty>;
  }
  return (
    <>
      <p class="sub">
        {plural(checked, "request")} checked
        {discarded ? `; ${count(discarded)} earlier ones are no longer in the journal` : ""}. Findings are repeated every five
        seconds while requests arrive.
      </p>
      <ul class="plain-list">
        {findings.map((finding) => (
          <li key={finding.id}>
            <h3>
              {finding.description} <Chip tone="warn">{`${count(finding.count)} ×`}</Chip>
            </h3>
            <p>{finding.advice}</p>
            <p class="dim">
              For example <Example call={finding.example} /> · rules <span class="mono">{finding.rules.join(", ")}</span>
            </p>
          </li>
        ))}
      </ul>
    </>
  );
}

function Example({ call }: { call: Control["ExampleCall"] }): JSX.Element {
  return (
    <a class="mono" href={href(["traffic", String(call.number)], { view: "checks" })}>
      {`${call.method} ${call.path}`}
    </a>
  );
}
