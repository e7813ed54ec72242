/** The fragment is the address of what the page shows: `#/packages/pkg_555?explain=evaluation/pkg_555`. */

import { signal } from "@preact/signals";

/** The parts of the fragment: the path's segments, and parameters such as filters and an open drawer. */
export interface Route {
  path: string[];
  query: URLSearchParams;
}

/** The current route. */
export const route = signal<Route>(parse(location.hash));

function parse(hash: string): Route {
  const [path = "", query = ""] = hash.replace(/^#\/?/, "").split("?", 2);
  const segments = path.split("/").filter(Boolean).map(decode);
  return { path: segments.length ? segments : ["overview"], query: new URLSearchParams(query) };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

addEventListener("hashchange", () => {
  route.value = parse(location.hash);
});

/** Parameters of a link; null or undefined leaves one out. */
export type Parameters = Record<string, string | number | boolean | null | undefined>;

/** The address of a page: `href(["packages", id], { explain: "…" })`. */
export function href(path: string[], parameters: Parameters = {}): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== null && value !== undefined && value !== false && value !== "") query.set(name, String(value));
  }
  const text = query.toString();
  return `#/${path.map(encodeURIComponent).join("/")}${text ? `?${text}` : ""}`;
}

/** The address of the current page with some parameters changed; null removes one. */
export function hereWith(parameters: Parameters): string {
  const { path, query } = route.value;
  return href(path, { ...Object.fromEntries(query), ...parameters });
}

/** Goes to an address. With `replace`, "back" skips the current one. */
export function go(address: string, replace = false): void {
  if (replace) history.replaceState(null, "", address);
  else history.pushState(null, "", address);
  route.value = parse(location.hash);
}

/** A parameter of the current route. */
export function parameter(name: string): string | null {
  return route.value.query.get(name);
}

/** Changes parameters of the current page, such as a filter, without a new entry in the history. */
export function setParameters(parameters: Parameters): void {
  go(hereWith(parameters), true);
}
