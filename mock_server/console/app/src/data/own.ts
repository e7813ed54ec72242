/** The requests that the console sends for its own pages: how they are marked, and whether they are shown. */

import { signal } from "@preact/signals";
import type { ApiRequest } from "./http";
import { recall, remember } from "./storage";

const KEY = "show-own-requests";

/** Whether lists of requests show the console's own. */
export const ownShown = signal(recall<boolean>(KEY) ?? false);

/** Shows or hides the console's own requests, on all pages of this tab. */
export function showOwn(on: boolean): void {
  ownShown.value = on;
  remember(KEY, on);
}

/** Marks a request as the console's own. A copied command lacks the mark: it is a client's request. */
export const markOwn = (request: ApiRequest): ApiRequest => ({ ...request, headers: { ...request.headers, "x-mock-console": "1" } });

/** The part of a query of the journal that leaves the console's own requests out, unless they are shown. */
export const ownQuery = (): { console?: boolean } => (ownShown.value ? {} : { console: false });
