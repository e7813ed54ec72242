/** A panel at the right, 420 px wide, or the whole page on a phone. Whether it is open stands in the address. */

import type { ComponentChildren, JSX } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";

/** `onClose` removes the drawer from the address; the focus then returns to where it was. */
export function Drawer(props: { title: string; onClose: () => void; children: ComponentChildren }): JSX.Element {
  const id = useId();
  const panel = useRef<HTMLElement>(null);
  const close = useRef(props.onClose);
  close.current = props.onClose;
  useEffect(() => {
    const opener = document.activeElement;
    panel.current?.focus();
    const onKey = (event: KeyboardEvent): void => {
      if (event.key === "Escape" && !document.querySelector("dialog[open]")) close.current();
    };
    document.addEventListener("keydown", onKey);
    return () => {
      document.removeEventListener("keydown", onKey);
      if (opener instanceof HTMLElement && opener.isConnected) opener.focus();
    };
  }, []);
  return (
    <aside class="drawer" aria-labelledby={id} tabIndex={-1} ref={panel}>
      <header class="drawer-head">
        <h2 id={id}>{props.title}</h2>
        <button type="button" class="link" aria-label="Close" title="Close (Esc)" onClick={props.onClose}>
          ×
        </button>
      </header>
      <div class="drawer-body">{props.children}</div>
    </aside>
  );
}
