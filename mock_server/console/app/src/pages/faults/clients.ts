/** Which operation a client other than this console called last. */

import { control } from "../../data/control";
import type { Control } from "../../data/types";

const LOOKED_AT = 100;
/** What is offered as long as no other client has called anything. */
const USUAL = "listPackages";
const SIGN_IN = /^(signIn|refreshToken|answer)/;

/** The operation that another client called last, or a usual one. */
export async function findLastOperation(): Promise<string> {
  const entries = await control.get("/journal", { query: { limit: LOOKED_AT } });
  const last = entries.findLast((entry) => entry.operation && !SIGN_IN.test(entry.operation) && !isOwn(entry));
  return last?.operation ?? USUAL;
}

/** Says whether a request came from a page of this server in this browser, as those of the console do. */
function isOwn({ request }: Control["JournalEntry"]): boolean {
  const headers = new Map(request.headers.map(([name, value]) => [name?.toLowerCase(), value]));
  const site = headers.get("sec-fetch-site");
  return headers.get("user-agent") === navigator.userAgent && (site === undefined || site === "same-origin");
}
