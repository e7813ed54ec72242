/** The sections: the platform, and the machinery that it hides. */

import { computed } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { faults } from "../data/faults";
import { jobs, now } from "../data/live";
import { connection } from "../data/stream";
import type { Control } from "../data/types";
import { DAY } from "../format";
import { PAGES, type PageEntry } from "../pages";
import { href, route } from "../router";

/** What a section counts because it wants attention: jobs due within a day, fault rules that may still apply. */
const counts = computed<Record<string, [number, string, string]>>(() => {
  const at = now.value;
  const due = at === null ? [] : (jobs.value ?? []).filter((job) => isSoon(job, at));
  const rules = faults.value?.rules.filter((rule) => !rule.expired) ?? [];
  return { time: [due.length, "due ≤ 24 h", "from now"], faults: [rules.length, "active", "rules"] };
});

function isSoon(job: Control["Job"], at: number): boolean {
  return job.state === "pending" && Date.parse(job.due) - at <= DAY;
}

const CONNECTIONS = {
  live: "Live",
  polling: "Updates every 8 s",
  connecting: "Connecting",
  lost: "Connection lost",
  paused: "Paused",
};

/** The list of sections. */
export function Rail(): JSX.Element {
  useEffect(() => faults.use(), []);
  const groups = ["", "Platform", "Machinery"] as const;
  const list = useRef<HTMLElement>(null);
  const section = route.value.path[0];
  useEffect(() => {
    // On a phone the sections stand in one line that scrolls: the current one is moved into sight.
    const current = list.current?.querySelector<HTMLElement>("[aria-current]");
    if (list.current && current) list.current.scrollLeft = current.offsetLeft - (list.current.clientWidth - current.offsetWidth) / 2;
  }, [section]);
  return (
    <nav class="rail" aria-label="Sections" ref={list}>
      {groups.map((group) => (
        <div key={group}>
          {group ? <h2>{group}</h2> : null}
          <ul>
            {PAGES.filter((page) => page.group === group).map((page) => (
              <Entry key={page.path} page={page} />
            ))}
          </ul>
        </div>
      ))}
      <p class={`connection ${connection.value}`} role="status">
        <i />
        {CONNECTIONS[connection.value]}
      </p>
    </nav>
  );
}

function Entry(props: { page: PageEntry }): JSX.Element {
  const { path, title } = props.page;
  const [value, what, more] = counts.value[path] ?? [0, "", ""];
  return (
    <li>
      <a href={href([path])} aria-current={route.value.path[0] === path ? "page" : undefined}>
        {title}
        {value ? (
          <span class="chip" title={`${value} ${what} ${more}`}>
            {value} {what}
            <span class="unseen"> {more}</span>
          </span>
        ) : null}
      </a>
    </li>
  );
}
