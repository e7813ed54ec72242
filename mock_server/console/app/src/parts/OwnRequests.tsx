/** The switch that shows the requests of the console itself. */

import type { JSX } from "preact";
import { ownShown, showOwn } from "../data/own";
import { CheckField } from "./Form";

/** The switch; it is one for all pages. */
export function OwnRequests(): JSX.Element {
  return (
    <div class="own-requests">
      <CheckField label="Show the console's own requests" checked={ownShown.value} onInput={showOwn} />
    </div>
  );
}
