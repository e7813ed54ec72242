/** How the platform surprises its clients: the list, and one of them played step by step. */

import type { ComponentChildren, JSX } from "preact";
import { control } from "../data/control";
import { useResource } from "../data/resource";
import type { Control } from "../data/types";
import type { PageProps } from "../pages";
import { AsCurl, Button, Card, Chip, Command, Empty, PageHead } from "../parts/basic";
import { TextField } from "../parts/Form";
import { Load } from "../parts/Load";
import { Table, type Column } from "../parts/Table";
import { href, parameter, setParameters } from "../router";
import { loadRules } from "./conformance/report";
import { Player } from "./gotchas/Player";

type Gotcha = Control["Gotcha"];

/** The page. */
export function GotchasPage({ rest }: PageProps): JSX.Element {
  const gotchas = useResource("gotchas", {
    load: (abort) => control.get("/gotchas", {}, abort),
    request: () => control.describe("get", "/gotchas"),
  });
  const id = rest[0];
  const gotcha = gotchas.value?.find((each) => each.id === id);
  if (gotcha) return <One key={gotcha.id} gotcha={gotcha} />;
  return (
    <>
      <PageHead title="Gotchas" sub="Behaviours of the platform that clients often get wrong. Open one and play it call by call." />
      <Card title="All gotchas" aside={<AsCurl request={() => control.describe("get", "/gotchas")} what="the list" />}>
        <Load of={gotchas} lines={8}>
          {(all) => (id ? <NoGotcha id={id} /> : <List all={all} />)}
        </Load>
      </Card>
    </>
  );
}

function NoGotcha({ id }: { id: string }): JSX.Element {
  return <Empty action={<a href={href(["gotchas"])}>All gotchas</a>}>{`There is no gotcha ${id}.`}</Empty>;
}

function List({ all }: { all: Gotcha[] }): JSX.Element {
  const words = (parameter("q") ?? "").toLowerCase().split(/\s+/).filter(Boolean);
  const shown = all.filter((each) => {
    const text = [each.id, each.title, ...each.rules, each.naive_behaviour, each.actual_behaviour, each.solution].join(" ").toLowerCase();
    return words.every((word) => text.includes(word));
  });
  return (
    <>
      <TextField
        label="Filter"
        quiet
        type="search"
        placeholder="stale evaluation"
        value={parameter("q") ?? ""}
        inputRef={(element) => element?.setAttribute("data-filter", "")}
        onInput={(q) => setParameters({ q })}
      />
      {shown.length ? (
        <div class="gotchas">
          <Table label="Gotchas" columns={COLUMNS} rows={shown} rowKey={(row) => row.id} />
        </div>
      ) : (
        <Empty action={<Button onClick={() => setParameters({ q: null })}>Show all</Button>}>No gotcha has these words.</Empty>
      )}
    </>
  );
}

const COLUMNS: Column<Gotcha>[] = [
  { key: "id", title: "Id", sort: (row) => row.id, cell: (row) => <span class="id">{row.id}</span> },
  { key: "title", title: "What surprises", sort: (row) => row.title, cell: (row) => <a href={href(["gotchas", row.id])}>{row.title}</a> },
  { key: "rules", title: "Rules", cell: (row) => <span class="mono dim">{row.rules.join(", ")}</span> },
  { key: "documentation", title: "Documents", cell: (row) => <Generations gotcha={row} /> },
];

function Generations({ gotcha }: { gotcha: Gotcha }): JSX.Element {
  return <span class="dim">{gotcha.documentation.length === 2 ? "both" : gotcha.documentation.join(", ")}</span>;
}

/** A claim, with what stands between backticks as code. */
const withCode = (text: string): ComponentChildren => text.split("`").map((part, index) => (index % 2 ? <code key={index}>{part}</code> : part));

/** The rules that a gotcha follows from, each with what it says. */
function Rules({ ids }: { ids: string[] }): JSX.Element {
  const rules = useResource("conformance/rules", { load: loadRules });
  return (
    <div class="gap-below">
      {ids.map((id) => (
        <details key={id}>
          <summary>
            Rule <span class="mono">{id}</span>
          </summary>
          <ul class="problems">
            {rules.value?.get(id)?.parts.map((part) => <li key={part.id}>{withCode(part.claim)}</li>)}
          </ul>
        </details>
      ))}
    </div>
  );
}

function One({ gotcha }: { gotcha: Gotcha }): JSX.Element {
  const texts: [string, string][] = [
    ["A naive client", gotcha.naive_behaviour],
    ["What happens", gotcha.actual_behaviour],
    ["The right way", gotcha.solution],
  ];
  return (
    <>
      <PageHead
        title={gotcha.title}
        sub={
          <>
            <a href={href(["gotchas"])}>Gotchas</a> · <span class="mono">{gotcha.id}</span>
          </>
        }
      />
      <div class="grid start">
        <div class="stack start stay c4">
          <Card title="In short">
            <dl class="facts">
              {texts.map(([name, text]) => (
                <div key={name}>
                  <dt>{name}</dt>
                  <dd>{`${text[0]?.toUpperCase()}${text.slice(1)}`}</dd>
                </div>
              ))}
            </dl>
          </Card>
          <Card title="Where it holds">
            <Rules ids={gotcha.rules} />
            <p class="chips">
              {gotcha.documentation.map((each) => (
                <Chip key={each}>{`${each} documents`}</Chip>
              ))}
            </p>
            <Command text={gotcha.command} what="the command" />
          </Card>
        </div>
        <div class="stack start c8">
          <Player gotcha={gotcha} />
        </div>
      </div>
    </>
  );
}
