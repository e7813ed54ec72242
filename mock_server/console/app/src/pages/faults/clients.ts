/** Which operation a client called last. */

import { control } from "../../data/control";

const LOOKED_AT = 100;
/** What is offered as long as no client has called anything. */
const USUAL = "listEvents";
const SIGN_IN = /^(signIn|refreshToken|answer)/;

/** The operation that a client other than this console called last, or a usual one. */
export async function findLastOperation(): Promise<string> {
  const entries = await control.get("/journal", { query: { limit: LOOKED_AT, console: false } });
  return entries.findLast((entry) => entry.operation && !SIGN_IN.test(entry.operation))?.operation ?? USUAL;
}
