/** The documented filters of the list of events, in the address too. */

import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { ApiError } from "../../data/http";
import { DateField, SelectField, TextField } from "../../parts/Form";
import { setParameters } from "../../router";

const REPEATED = ["city", "frontend_status"] as const;
const SINGLE = ["q", "since", "until", "status"] as const;

/** The filters as the platform takes them: `city` and `frontend_status` repeat their key. */
export interface EventFilters {
  q?: string;
  since?: string;
  until?: string;
  status?: string;
  city?: string[];
  frontend_status?: ("DEFAULT" | "FLAGGED" | "HIDDEN" | "CANCELLED")[];
}

/** Reads the filters from the address, where several values stand side by side with `|` between them. */
export function readFilters(query: URLSearchParams): EventFilters {
  const filters: Record<string, string | string[]> = {};
  for (const name of SINGLE) if (query.get(name)) filters[name] = query.get(name) ?? "";
  for (const name of REPEATED) if (query.get(name)) filters[name] = (query.get(name) ?? "").split("|");
  return filters as EventFilters;
}

/** Removes all filters. */
export function clearFilters(): void {
  setParameters(Object.fromEntries([...SINGLE, ...REPEATED, "page"].map((name) => [name, null])));
}

const TYPING_MS = 300;
const STATUSES: [string, string][] = [
  ["", "Any"],
  ["DEFAULT", "DEFAULT"],
  ["FLAGGED", "FLAGGED"],
  ["HIDDEN", "HIDDEN"],
  ["DEFAULT|FLAGGED", "DEFAULT or FLAGGED"],
  ["CANCELLED", "CANCELLED"],
];

/** The filters in one line. What the platform refuses stands below the field. */
export function Filters(props: { filters: EventFilters; error: ApiError | null }): JSX.Element {
  const { filters, error } = props;
  const change = (name: string) => (value: string) => setParameters({ [name]: value, page: null });
  return (
    <div class="filters" role="search" aria-label="Filter the events">
      <Typed label="Title contains" name="q" value={filters.q ?? ""} error={error?.problem("q")} />
      <DateField label="Since" optional value={filters.since ?? ""} error={error?.problem("since")} onInput={change("since")} />
      <DateField label="Until" optional value={filters.until ?? ""} error={error?.problem("until")} onInput={change("until")} />
      <SelectField
        label="Frontend status"
        value={filters.frontend_status?.join("|") ?? ""}
        options={STATUSES}
        error={error?.problem("frontend_status")}
        onInput={change("frontend_status")}
      />
      <Typed label="City (or A|B)" name="city" value={filters.city?.join("|") ?? ""} error={error?.problem("city")} />
      <SelectField
        label="Status"
        value={filters.status ?? ""}
        options={[["", "Any"], "active", "archived", "cancelled"]}
        error={error?.problem("status")}
        onInput={change("status")}
      />
    </div>
  );
}

/** A field whose value goes into the address once the user stops typing. */
function Typed(props: { label: string; name: string; value: string; error: string | undefined }): JSX.Element {
  const { label, name, value, error } = props;
  const [text, setText] = useState(value);
  const timer = useRef<number | undefined>(undefined);
  useEffect(() => setText(value), [value]);
  useEffect(() => () => window.clearTimeout(timer.current), []);
  const onInput = (next: string): void => {
    setText(next);
    window.clearTimeout(timer.current);
    timer.current = window.setTimeout(() => setParameters({ [name]: next, page: null }), TYPING_MS);
  };
  return <TextField label={label} type="search" value={text} error={error} onInput={onInput} />;
}
