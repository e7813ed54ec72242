/** A dialog above the page, and the question that comes before something is lost. */

import { signal } from "@preact/signals";
import type { ComponentChildren, JSX } from "preact";
import { useEffect, useId, useRef, useState } from "preact/hooks";
import type { ApiRequest } from "../data/http";
import { goBackTo, keepState } from "../data/undo";
import { announce } from "../data/topics";
import { AsCurl, Button, Note } from "./basic";
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
  /** The request that the button sends, to copy as curl. A snapshot's is too long to copy. */
  request?: () => ApiRequest;
  /** The sentence shown when it is done, such as "Deleted cr_9f3k2a." */
  done: string;
  /**
   * Whether the server keeps a checkpoint first, so that the action can be undone. If a checkpoint cannot undo it, what
   * undoes it instead.
   */
  undoable?: boolean | OwnUndo;
}

/** How an action is undone that a checkpoint cannot undo. */
export interface OwnUndo {
  /** Keeps what is needed, and returns what undoes the action. */
  keep: () => Promise<() => Promise<unknown>>;
  /** The sentence that says what can be undone, and for how long. */
  how: string;
}

/** What undoes an action, and what is said then. */
interface Back {
  run: () => Promise<unknown>;
  kept: string;
  done: string;
}

const question = signal<Question | null>(null);

/** Asks before something is lost. The server keeps a checkpoint first; the message offers to go back to it. */
export function confirm(asked: Question): void {
  question.value = asked;
}

/** The place where the question appears. */
export function ConfirmDialog(): JSX.Element | null {
  const asked = question.value;
  return asked ? <Asked key={asked.title} question={asked} /> : null;
}

async function prepare({ title, undoable = true }: Question): Promise<Back | null> {
  if (!undoable) return null;
  if (undoable !== true) return { run: await undoable.keep(), kept: "", done: "Undone." };
  const kept = await keepState(title);
  return { run: () => goBackTo(kept), kept: ` Checkpoint kept: ${kept.name}.`, done: "The workspace is as it was before." };
}

const KEPT_HERE = "The server keeps a checkpoint first. You can undo this, also after a reload: the page Time lists it.";

function Asked(props: { question: Question }): JSX.Element {
  const { title, lost, action, run, request, done, undoable = true } = props.question;
  const [failure, setFailure] = useState<string | null>(null);
  const close = (): void => {
    question.value = null;
  };
  const proceed = async (): Promise<void> => {
    try {
      const back = await prepare(props.question);
      await run();
      close();
      announce("reset");
      const undo = async (): Promise<void> => {
        await back?.run();
        toast(back?.done ?? "", "ok");
      };
      const report = (error: unknown): void => toast(String(error), "bad");
      toast(`${done}${back?.kept ?? ""}`, "ok", back ? { label: "Undo", run: () => void undo().catch(report) } : undefined);
    } catch (error) {
      setFailure(error instanceof Error ? error.message : String(error));
    }
  };
  return (
    <Dialog title={title} onClose={close}>
      <p>{lost}</p>
      {undoable ? <p class="hint">{undoable === true ? KEPT_HERE : undoable.how}</p> : null}
      {failure ? <Note tone="bad">{failure}</Note> : null}
      <div class="actions">
        <Button danger onClick={proceed}>
          {action}
        </Button>
        <Button onClick={close}>Cancel</Button>
        {request ? <AsCurl request={request} what="what the button sends" /> : null}
      </div>
    </Dialog>
  );
}
