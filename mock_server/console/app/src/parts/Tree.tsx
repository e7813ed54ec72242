/** JSON as a tree whose branches open and close. Texts are shown as texts, never as markup. */

import type { JSX } from "preact";
import { useState } from "preact/hooks";

const OPEN_LEVELS = 2;
const MAX_SHOWN = 200;
const MAX_TEXT = 200;
const SHOWN_TEXT = 80;

/** A value of JSON. `open` is how many levels are open at first. */
export function Tree(props: { value: unknown; label?: string; open?: number }): JSX.Element {
  return (
    <div class="tree">
      <Branch name={props.label ?? null} value={props.value} open={props.open ?? OPEN_LEVELS} />
    </div>
  );
}

function Branch(props: { name: string | null; value: unknown; open: number }): JSX.Element {
  const { name, value, open } = props;
  const title = name === null ? null : <span class="tree-key">{name}</span>;
  if (value === null || typeof value !== "object") {
    return (
      <div class="tree-leaf">
        {title} <Scalar value={value} />
      </div>
    );
  }
  const list = Array.isArray(value);
  const entries = Object.entries(value as Record<string, unknown>);
  const size = list ? `[${entries.length}]` : `{${entries.length}}`;
  if (!entries.length) {
    return (
      <div class="tree-leaf">
        {title} <span class="dim">{list ? "[]" : "{}"}</span>
      </div>
    );
  }
  return (
    <details open={open > 0}>
      <summary>
        {title} <span class="dim">{size}</span>
      </summary>
      {entries.slice(0, MAX_SHOWN).map(([key, each]) => (
        <Branch key={key} name={key} value={each} open={open - 1} />
      ))}
      {entries.length > MAX_SHOWN ? <div class="tree-leaf dim">{entries.length - MAX_SHOWN} more</div> : null}
    </details>
  );
}

function Scalar(props: { value: unknown }): JSX.Element {
  const { value } = props;
  const kind = value === null ? "null" : typeof value;
  if (typeof value === "string" && value.length > MAX_TEXT) return <LongText text={value} />;
  return <span class={`tree-${kind}`}>{typeof value === "string" ? JSON.stringify(value) : String(value)}</span>;
}

/** A long text, such as a token: its beginning, until it is opened. */
function LongText({ text }: { text: string }): JSX.Element {
  const [open, setOpen] = useState(false);
  return (
    <>
      <span class="tree-string">{JSON.stringify(open ? text : `${text.slice(0, SHOWN_TEXT)}…`)}</span>{" "}
      <button type="button" class="link" aria-expanded={open} onClick={() => setOpen(!open)}>
        {open ? "less" : `${text.length} characters`}
      </button>
    </>
  );
}
