/** Mends swagger-ui's page as it is drawn. */

/** Mends what is drawn below an element now and later; returns the function that ends it. */
export function mendFor(element: HTMLElement): () => void {
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const setScheme = (): void => {
    document.documentElement.classList.toggle("dark-mode", dark.matches);
  };
  setScheme();
  dark.addEventListener("change", setScheme);
  return () => {
    dark.removeEventListener("change", setScheme);
    document.documentElement.classList.remove("dark-mode");
    element.replaceChildren();
  };
}
