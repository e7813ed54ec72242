/** The day under the pointer in the chart of revenue, for the parts beside it. */

import { signal } from "@preact/signals";

/** The day, or null while the pointer is elsewhere. */
export const hoveredDay = signal<string | null>(null);
