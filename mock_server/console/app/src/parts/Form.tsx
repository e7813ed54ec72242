/** Fields of a form: the label above, the server's own words about a value below. */

import type { ComponentChildren, JSX } from "preact";
import { useEffect, useId, useState } from "preact/hooks";
import { ApiError, isAbout, type ApiRequest } from "../data/http";
import { AsCurl, Button, Note } from "./basic";

interface FieldProps {
  label: string;
  /** What the field is for, if the label does not say it. */
  hint?: ComponentChildren;
  /** What the server said about the value. */
  error?: string | undefined;
  /** Hides the label, which screen readers still read. */
  quiet?: boolean;
  children: (attributes: { id: string; "aria-describedby"?: string; "aria-invalid"?: "true" }) => ComponentChildren;
}

/** A label, a control, and what belongs below it. */
export function Field(props: FieldProps): JSX.Element {
  const id = useId();
  const below = props.error ? `${id}e` : props.hint ? `${id}h` : undefined;
  const attributes: { id: string; "aria-describedby"?: string; "aria-invalid"?: "true" } = { id };
  if (below) attributes["aria-describedby"] = below;
  if (props.error) attributes["aria-invalid"] = "true";
  return (
    <div class="field">
      <label for={id} class={props.quiet ? "unseen" : undefined}>
        {props.label}
      </label>
      {props.children(attributes)}
      {props.error ? (
        <p class="field-error" id={`${id}e`}>
          {props.error}
        </p>
      ) : props.hint ? (
        <p class="hint" id={`${id}h`}>
          {props.hint}
        </p>
      ) : null}
    </div>
  );
}

type Common = Omit<FieldProps, "children">;

/** A line of text, a number or a date; the value stays a text until it is sent. */
export function TextField(
  props: Common & {
    value: string;
    onInput: (value: string) => void;
    type?: "text" | "number" | "date" | "password" | "search" | "datetime-local";
    min?: number | string;
    max?: number | string;
    step?: number | string;
    placeholder?: string;
    autoComplete?: string;
    list?: string;
    inputRef?: (element: HTMLInputElement | null) => void;
  },
): JSX.Element {
  return (
    <Field label={props.label} hint={props.hint} error={props.error} quiet={props.quiet ?? false}>
      {(attributes) => (
        <input
          {...attributes}
          ref={props.inputRef}
          type={(props.type ?? "text") as "text"}
          value={props.value}
          min={props.min}
          max={props.max}
          step={props.step}
          list={props.list}
          placeholder={props.placeholder}
          autocomplete={(props.autoComplete ?? "off") as "off"}
          onInput={(event) => props.onInput(event.currentTarget.value)}
        />
      )}
    </Field>
  );
}

const DAY_PATTERN = /^\d{4}-\d{2}-\d{2}$/;

/** Says whether a text is a day of the calendar, such as 2026-02-28. */
const isDay = (text: string): boolean => DAY_PATTERN.test(text) && date(`${text}T00:00:00Z`, "") === text;

function date(text: string, otherwise: string): string {
  const at = Date.parse(text);
  return Number.isNaN(at) ? otherwise : new Date(at).toISOString().slice(0, 10);
}

/**
 * A day as text, `2026-11-30`, because a browser's own date field writes it in the user's local order. `onInput` hears
 * of whole days, and of an empty text if the field is `optional`.
 */
export function DateField(props: Common & { value: string; optional?: boolean; onInput: (day: string) => void }): JSX.Element {
  const [text, setText] = useState(props.value);
  const [left, setLeft] = useState(false);
  useEffect(() => setText(props.value), [props.value]);
  const valid = isDay(text) || (props.optional === true && text === "");
  const onInput = (next: string): void => {
    setText(next);
    setLeft(false);
    if (isDay(next) || (props.optional && next === "")) props.onInput(next);
  };
  return (
    <Field label={props.label} hint={props.hint} quiet={props.quiet ?? false} error={valid || !left ? props.error : "Write a day as YYYY-MM-DD."}>
      {(attributes) => (
        <input
          {...attributes}
          value={text}
          placeholder="YYYY-MM-DD"
          inputMode="numeric"
          autocomplete="off"
          onInput={(event) => onInput(event.currentTarget.value.trim())}
          onBlur={() => setLeft(true)}
        />
      )}
    </Field>
  );
}

/** A choice of one. */
export function SelectField(
  props: Common & { value: string; options: readonly (string | [value: string, label: string])[]; onInput: (value: string) => void },
): JSX.Element {
  return (
    <Field label={props.label} hint={props.hint} error={props.error} quiet={props.quiet ?? false}>
      {(attributes) => (
        <select {...attributes} value={props.value} onChange={(event) => props.onInput(event.currentTarget.value)}>
          {props.options.map((option) => {
            const [value, label] = typeof option === "string" ? [option, option] : option;
            return (
              <option key={value} value={value}>
                {label}
              </option>
            );
          })}
        </select>
      )}
    </Field>
  );
}

/** A box to tick, its label beside it. */
export function CheckField(props: { label: string; checked: boolean; onInput: (checked: boolean) => void }): JSX.Element {
  const id = useId();
  return (
    <div class="check">
      <input id={id} type="checkbox" checked={props.checked} onChange={(event) => props.onInput(event.currentTarget.checked)} />
      <label for={id}>{props.label}</label>
    </div>
  );
}

/** One of a few choices, side by side, all in sight. */
export function Segmented(props: {
  label: string;
  value: string;
  options: readonly (string | [value: string, label: string])[];
  onInput: (value: string) => void;
}): JSX.Element {
  return (
    <div class="segmented" role="group" aria-label={props.label}>
      {props.options.map((option) => {
        const [value, label] = typeof option === "string" ? [option, option] : option;
        return (
          <button key={value} type="button" aria-pressed={value === props.value} onClick={() => props.onInput(value)}>
            {label}
          </button>
        );
      })}
    </div>
  );
}

/** A form. `onSubmit` may throw an ApiError: what names no field of `fields` is shown above the buttons. */
export function Form(props: {
  label: string;
  submit: string;
  danger?: boolean;
  onSubmit: () => unknown;
  onError?: (error: ApiError | null) => void;
  fields?: string[];
  request?: () => ApiRequest;
  disabled?: boolean;
  extra?: ComponentChildren;
  children?: ComponentChildren;
}): JSX.Element {
  const [error, setError] = useState<Error | null>(null);
  const [busy, setBusy] = useState(false);
  const report = (failure: Error | null): void => {
    setError(failure);
    props.onError?.(failure instanceof ApiError ? failure : null);
  };
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    if (busy) return;
    setBusy(true);
    try {
      await props.onSubmit();
      report(null);
    } catch (failure) {
      report(failure instanceof Error ? failure : new Error(String(failure)));
    } finally {
      setBusy(false);
    }
  };
  const rest = error ? unnamed(error, props.fields ?? []) : null;
  return (
    <form aria-label={props.label} noValidate onSubmit={(event) => void submit(event)}>
      {props.children}
      {rest ? (
        <Note tone="bad" label="Refused">
          {rest}
        </Note>
      ) : null}
      <div class="actions">
        <Button type="submit" primary={!props.danger} danger={props.danger ?? false} disabled={busy || (props.disabled ?? false)}>
          {props.submit}
        </Button>
        {props.extra}
        {props.request ? <AsCurl request={props.request} what={props.submit} /> : null}
      </div>
    </form>
  );
}

function unnamed(error: Error, fields: string[]): string | null {
  if (!(error instanceof ApiError) || !error.problems.length) return error.message;
  const others = error.problems.filter((each) => !fields.some((name) => isAbout(each, name)));
  return others.length ? others.map((each) => each.message).join(" ") : null;
}
