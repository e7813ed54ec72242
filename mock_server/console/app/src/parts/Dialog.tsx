/** A dialog above the page, and the question that comes before something is lost. */

import { signal } from "@preact/signals";
import type { ComponentChildren, JSX } from "preact";
import { useEffect, useId, useRef, useState } from "preact/hooks";
import { goBackTo, keepCopy } from "../data/undo";
import { announce } from "../data/topics";
import { Button, Note } from "./basic";
import { toast } from "./Toast";

/** A modal dialog; the browser keeps the focus inside and closes it on Escape. */
export function Dialog(props: { title: string; onClose: () => void; children: ComponentChildren }): JSX.Element {
  const id = useId();
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const element = dialog.current;
    const opener = document.activeElement;
    element?.showModal();
    return () => {
      element?.close();
      if (opener instanceof HTMLElement && opener.isConnected) opener.focus();
    };
  }, []);
  const onCancel = (event: Event): void => {
    event.preventDefault();
    props.onClose();
  };
  return (
    <dialog ref={dialog} aria-labelledby={id} onCancel={onCancel}>
      <header class="drawer-head">
        <h2 id={id}>{props.title}</h2>
        <button type="button" class="link" aria-label="Close" title="Close (Esc)" onClick={props.onClose}>
          ×
        </button>
      </header>
      {props.children}
    </dialog>
  );
}

/** What a question says: what is lost, the word on the button, and what the button does. */
export interface Question {
  title: string;
  lost: string;
  action: string;
  run: () => Promise<unknown>;
  /** The sentence shown when it is done, such as "Deleted cr_9f3k2a." */
  done: string;
  /**
   * Whether a copy of the workspace is kept in this tab first, so that the action can be undone. A function keeps what
   * it needs itself, and returns what undoes the action.
   */
  undoable?: boolean | (() => Promise<() => Promise<unknown>>);
}

const question = signal<Question | null>(null);

/** Asks before something is lost. A copy of the workspace is taken first; the message offers to go back to it. */
export function confirm(asked: Question): void {
  question.value = asked;
}

/** The place where the question appears. */
export function ConfirmDialog(): JSX.Element | null {
  const asked = question.value;
  return asked ? <Asked key={asked.title} question={asked} /> : null;
}

async function keepThis(title: string): Promise<() => Promise<void>> {
  const copy = await keepCopy(title);
  return () => goBackTo(copy);
}

function Asked(props: { question: Question }): JSX.Element {
  const { title, lost, action, run, done, undoable = true } = props.question;
  const [failure, setFailure] = useState<string | null>(null);
  const close = (): void => {
    question.value = null;
  };
  const proceed = async (): Promise<void> => {
    try {
      const back = typeof undoable === "function" ? await undoable() : undoable ? await keepThis(title) : null;
      await run();
      close();
      announce("reset");
      const undo = async (): Promise<void> => {
        await back?.();
        toast(typeof undoable === "function" ? "Undone." : "The workspace is as it was before.", "ok");
      };
      const report = (error: unknown): void => toast(String(error), "bad");
      toast(done, "ok", back ? { label: "Undo", run: () => void undo().catch(report) } : undefined);
    } catch (error) {
      setFailure(error instanceof Error ? error.message : String(error));
    }
  };
  return (
    <Dialog title={title} onClose={close}>
      <p>{lost}</p>
      {undoable ? <p class="hint">A copy is kept in this tab first, so you can undo this.</p> : null}
      {failure ? <Note tone="bad">{failure}</Note> : null}
      <div class="actions">
        <Button danger onClick={proceed}>
          {action}
        </Button>
        <Button onClick={close}>Cancel</Button>
      </div>
    </Dialog>
  );
}
