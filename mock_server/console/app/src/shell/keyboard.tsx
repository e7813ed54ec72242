/** Keys: `g` and a letter for the sections, `/` for the filter, `.` for the next due job, `?` for this list. */

import { signal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { advanceToNext, hasNext } from "../clock";
import { PAGES } from "../pages";
import { Dialog } from "../parts/Dialog";
import { go, href } from "../router";

const helpOpen = signal(false);
const CHORD_MS = 1500;
let chordUntil = 0;

/** Listens for the keys while the console is shown. */
export function useKeyboard(): void {
  useEffect(() => {
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, []);
}

function onKey(event: KeyboardEvent): void {
  if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
  if (document.querySelector("dialog[open]")) return;
  if (performance.now() < chordUntil) {
    chordUntil = 0;
    const page = PAGES.find((each) => each.key === event.key);
    if (page) {
      event.preventDefault();
      go(href([page.path]));
    }
    return;
  }
  const action = KEYS[event.key];
  if (action) {
    event.preventDefault();
    action();
  }
}

const KEYS: Record<string, () => void> = {
  g: () => {
    chordUntil = performance.now() + CHORD_MS;
  },
  "/": () => document.querySelector<HTMLElement>("[data-filter], main input[type=search]")?.focus(),
  ".": () => {
    if (hasNext()) void advanceToNext();
  },
  "?": () => {
    helpOpen.value = true;
  },
};

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|SELECT|TEXTAREA)$/.test(target.tagName));
}

/** The list of keys, while it is open. */
export function KeyboardHelp(): JSX.Element | null {
  if (!helpOpen.value) return null;
  const close = (): void => {
    helpOpen.value = false;
  };
  const rows = [
    ...PAGES.filter((page) => page.key).map((page) => [`g ${page.key}`, page.title]),
    ["/", "To the filter"],
    [".", "Advance to the next due job"],
    ["Esc", "Close the drawer"],
    ["?", "This list"],
  ];
  return (
    <Dialog title="Keys" onClose={close}>
      <table>
        <tbody>
          {rows.map(([key, what]) => (
            <tr key={key}>
              <th scope="row">
                <kbd>{key}</kbd>
              </th>
              <td>{what}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Dialog>
  );
}
