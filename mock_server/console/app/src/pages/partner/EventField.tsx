/** A field for an event: its id, with the partner's events to choose from. */

import type { JSX } from "preact";
import { useId } from "preact/hooks";
import { titleOf, useEventChoices } from "../../data/partner";
import { TextField } from "../../parts/Form";

/** The field. */
export function EventField(props: { value: string; error?: string | undefined; onInput: (id: string) => void }): JSX.Element {
  const id = useId();
  const choices = useEventChoices().value;
  const title = titleOf(choices, props.value);
  return (
    <>
      <TextField
        label="Event (id)"
        value={props.value}
        list={id}
        placeholder="evt_…"
        error={props.error}
        hint={title === props.value ? "Choose one, or type an id." : title}
        onInput={props.onInput}
      />
      <datalist id={id}>
        {choices?.items.map((each) => (
          <option key={each.id} value={each.id}>
            {each.title}
          </option>
        ))}
      </datalist>
    </>
  );
}
