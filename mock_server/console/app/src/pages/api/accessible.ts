/** What the console changes in swagger-ui: its frame, and what a screen reader would stumble over. */

/** The parts of swagger-ui's own React that are used. */
interface System {
  React: { createElement: (type: unknown, props: unknown, ...children: unknown[]) => unknown };
}

interface LayoutProps {
  getComponent: (name: string, container?: boolean) => unknown;
}

/** The name of the frame. */
export const LAYOUT = "ConsoleLayout";

const nothing = (): null => null;

/** A frame with the operations alone, since the page has title and sign-in already; swagger-ui's has a second `main`. */
export function consolePlugin({ React }: System): unknown {
  const layout = ({ getComponent }: LayoutProps): unknown =>
    React.createElement(
      "div",
      { className: "swagger-ui" },
      React.createElement(getComponent("errors", true), null),
      React.createElement(getComponent("operations", true), null),
    );
  return { components: { [LAYOUT]: layout, authorizeOperationBtn: nothing, authorizeBtn: nothing } };
}

/** Mends what is drawn below an element now and later; returns the function that ends it. */
export function mendFor(element: HTMLElement): () => void {
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const setScheme = (): void => {
    document.documentElement.classList.toggle("dark-mode", dark.matches);
  };
  setScheme();
  dark.addEventListener("change", setScheme);
  const observer = new MutationObserver(() => mend(element));
  observer.observe(element, { childList: true, subtree: true });
  return () => {
    observer.disconnect();
    dark.removeEventListener("change", setScheme);
    document.documentElement.classList.remove("dark-mode");
    element.replaceChildren();
  };
}

function mend(element: HTMLElement): void {
  for (const field of element.querySelectorAll("select, input, textarea")) nameField(field);
  for (const block of element.querySelectorAll("pre.microlight:not([tabindex])")) block.setAttribute("tabindex", "0");
}

/** Gives a field without a label the name of its parameter, or of what stands above it. */
function nameField(field: Element): void {
  if (field.hasAttribute("aria-label") || field.hasAttribute("aria-labelledby") || field.closest("label")) return;
  if (field.id && document.querySelector(`label[for="${CSS.escape(field.id)}"]`)) return;
  const row = field.closest("tr")?.querySelector(".parameter__name, .response-col_status")?.textContent;
  const section = field.closest(".opblock-section, .responses-wrapper")?.querySelector("h4")?.textContent;
  field.setAttribute("aria-label", (row ?? section ?? "Value").replace(/\s*\*?\s*required$/, "").trim());
}
