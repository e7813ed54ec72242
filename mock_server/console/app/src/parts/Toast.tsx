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
let next = 1;

/** Shows a message for six seconds; one with an action stays until it is closed. */
export function toast(text: string, tone: Message["tone"] = "plain", action?: Message["action"]): void {
  const message: Message = action ? { id: next++, text, tone, action } : { id: next++, text, tone };
  messages.value = [...messages.value.slice(-3), message];
  if (!action) setTimeout(() => close(message.id), SHOWN_MS);
}

function close(id: number): void {
  messages.value = messages.value.filter((message) => message.id !== id);
}

/** The place where the messages appear. */
export function Toasts(): JSX.Element {
  return (
    <div class="toasts" role="status" aria-live="polite" aria-label="Messages">
      {messages.value.map(({ id, text, tone, action }) => (
        <div key={id} class={`toast ${tone}`}>
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
