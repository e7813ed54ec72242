/** Results of actions at the foot of the page, read out by screen readers. */

import { signal } from "@preact/signals";
import type { JSX } from "preact";

interface Message {
  id: number;
  text: string;
  tone: "plain" | "ok" | "bad";
  action?: { label: string; run: () => void };
}

const messages = signal<Message[]>([]);
const SHOWN_MS = 6000;
const SHOWN_WITH_ACTION_MS = 20_000;
let next = 1;

/** Shows a message for six seconds; one with an action for twenty, and only the last one with an action. */
export function toast(text: string, tone: Message["tone"] = "plain", action?: Message["action"]): void {
  const message: Message = action ? { id: next++, text, tone, action } : { id: next++, text, tone };
  const others = action ? messages.value.filter((each) => !each.action) : messages.value;
  messages.value = [...others.slice(-3), message];
  setTimeout(() => end(message.id), action ? SHOWN_WITH_ACTION_MS : SHOWN_MS);
}

/** Ends a message, or waits as long as it has the focus. */
function end(id: number): void {
  if (document.activeElement?.closest(`[data-message="${id}"]`)) setTimeout(() => end(id), SHOWN_MS);
  else close(id);
}

function close(id: number): void {
  messages.value = messages.value.filter((message) => message.id !== id);
}

/** The place where the messages appear. */
export function Toasts(): JSX.Element {
  return (
    <div class="toasts" role="status" aria-live="polite" aria-label="Messages">
      {messages.value.map(({ id, text, tone, action }) => (
        <div key={id} data-message={id} class={`toast ${tone}`}>
          <span>{text}</span>
          {action ? (
            <button
              type="button"
              class="link"
              onClick={() => {
                close(id);
                action.run();
              }}
            >
              {action.label}
            </button>
          ) : null}
          <button type="button" class="link" aria-label="Close message" onClick={() => close(id)}>
            ×
          </button>
        </div>
      ))}
    </div>
  );
}
