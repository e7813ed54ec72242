/** The filter line of the traffic: `GET 4xx operation:listEvents /events`. */

import { isOperation } from "../../data/operations";
import type { TrafficRow } from "./rows";

/** What a filter asks for. Words have to occur in the method, the path, the query or the operation. */
export interface Filter {
  method: string | null;
  status: string | null;
  named: Record<string, string>;
  marks: Set<string>;
  words: string[];
}

const METHODS = new Set(["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "TRACE"]);
const NAMES = ["operation", "partner", "user", "fault"];

/** Parses the line; each word narrows the list. */
export function parseFilter(line: string): Filter {
  const filter: Filter = { method: null, status: null, named: {}, marks: new Set(), words: [] };
  for (const word of line.split(/\s+/).filter(Boolean)) addWord(filter, word);
  return filter;
}

function addWord(filter: Filter, word: string): void {
  const [, name = "", value = ""] = /^(\w+):(.+)$/.exec(word) ?? [];
  if (METHODS.has(word)) filter.method = word;
  else if (/^[1-5](\d\d|xx)$/i.test(word)) filter.status = word.toLowerCase();
  else if (name === "is") filter.marks.add(value);
  else if (NAMES.includes(name)) filter.named[name] = value;
  else filter.words.push(word.toLowerCase());
}

/** Says whether a request is shown. `checked` holds the numbers of requests that a client check names. */
export function matches(row: TrafficRow, filter: Filter, checked: ReadonlySet<number>): boolean {
  if (filter.method !== null && row.method !== filter.method) return false;
  if (filter.status !== null && !hasStatus(row.status, filter.status)) return false;
  if (filter.marks.has("fault") && row.fault === null) return false;
  if (filter.marks.has("near-miss") && !row.nearMiss) return false;
  if (filter.marks.has("check") && !checked.has(row.number)) return false;
  const { operation, partner, user, fault } = filter.named;
  if (operation !== undefined && row.operation !== operation) return false;
  if (partner !== undefined && row.partner !== partner) return false;
  if (user !== undefined && row.user !== user) return false;
  if (fault !== undefined && !row.fault?.split(/[\s,]+/).includes(fault)) return false;
  const text = `${row.method} ${row.path}?${row.query} ${row.operation ?? ""}`.toLowerCase();
  return filter.words.every((word) => text.includes(word));
}

function hasStatus(status: number | null, wanted: string): boolean {
  if (status === null) return false;
  return wanted.endsWith("xx") ? String(status)[0] === wanted[0] : String(status) === wanted;
}

/** The part of a filter that the server applies, so that the whole journal is searched. */
export function toQuery(filter: Filter): { method?: "GET"; status?: number; operation?: string } {
  const query: { method?: "GET"; status?: number; operation?: string } = {};
  if (filter.method !== null) query.method = filter.method as "GET";
  if (filter.status !== null && !filter.status.endsWith("xx")) query.status = Number(filter.status);
  const { operation } = filter.named;
  if (operation !== undefined && isOperation(operation)) query.operation = operation;
  return query;
}
