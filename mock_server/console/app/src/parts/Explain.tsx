/** The drawer that explains a number: which request, job or setting it comes from. */

import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { hereWith, parameter, route } from "../router";
import { Drawer } from "./Drawer";
import { Empty } from "./basic";
import { DailyBody } from "./explain/Daily";
import { EvaluationBody } from "./explain/Evaluation";
import { EventBody } from "./explain/Event";
import { PackageBody } from "./explain/Package";
import { closeExplanation } from "./explain/links";

/** The open explanation, if the address names one. */
export function ExplainDrawer(): JSX.Element | null {
  const named = route.value.query.get("explain");
  if (!named) return null;
  const slash = named.indexOf("/");
  const [kind, id] = [named.slice(0, slash), named.slice(slash + 1)];
  const bodies: Record<string, (props: { id: string }) => JSX.Element> = {
    evaluation: EvaluationBody,
    package: PackageBody,
    event: EventBody,
    daily: DailyBody,
  };
  const Body = bodies[kind];
  const title = { evaluation: `the results of ${id}`, package: `the settings of ${id}`, daily: `${id}, ${daysText()}` }[kind] ?? id;
  return (
    <Drawer key={named} title={`Explain ${title}`} onClose={closeExplanation}>
      <Back />
      {Body ? <Body id={id} /> : <Empty>There is no explanation of this kind.</Empty>}
    </Drawer>
  );
}

/** The explanations that led to the one that is open, as addresses. */
const trail: string[] = [];

/** A link to the explanation before this one, if this one was opened from it. */
function Back(): JSX.Element | null {
  const here = hereWith({});
  const seen = trail.indexOf(here);
  if (seen >= 0) trail.length = seen;
  const before = trail.at(-1);
  useEffect(() => {
    if (trail.at(-1) !== here) trail.push(here);
    return () => {
      if (!parameter("explain")) trail.length = 0;
    };
  }, [here]);
  return before ? (
    <p>
      <a href={before}>← Back</a>
    </p>
  ) : null;
}

function daysText(): string {
  const { query } = route.value;
  const [date, until] = [query.get("date") ?? "", query.get("until")];
  return until && until !== date ? `${date} to ${until}` : date;
}
