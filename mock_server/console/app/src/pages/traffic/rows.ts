/** The requests in the list: read from the journal, and added as the stream announces them, at most once a frame. */

import { signal } from "@preact/signals";
import { control } from "../../data/control";
import { ownQuery, ownShown } from "../../data/own";
import { onTopic } from "../../data/topics";
import type { Control } from "../../data/types";
import type { Filter } from "./filter";
import { toQuery } from "./filter";

/** A request, as the list shows it. `live` says that it came while the page was open. */
export interface TrafficRow {
  number: number;
  at: string;
  method: string;
  path: string;
  query: string;
  operation: string | null;
  status: number | null;
  delay: number;
  partner: string | null;
  user: string | null;
  fault: string | null;
  nearMiss: boolean;
  console: boolean;
  live: boolean;
}

/** A request as the stream announces it. */
interface Announced extends Omit<TrafficRow, "delay" | "nearMiss" | "live"> {
  delay_milliseconds: number;
  near_miss: boolean;
}

/** What the stream says of requests: one, too many to be shown, or, without a stream, those that were read. */
type News =
  | ({ kind: "request" } & Announced)
  | { kind: "counts"; requests: number; statuses: Record<string, number> }
  | { kind: "entries"; entries: Control["JournalEntry"][] };

/** Requests that were too many to be shown one by one. */
export interface Counted {
  requests: number;
  perSecond: number;
  statuses: Record<string, number>;
}

const MAX_ROWS = 1000;
const PAGE = 100;
const QUIET_MS = 1500;
const LOOKS_A_SECOND = 4;

/** Says whether a response suggests another operation or name. */
export const isHint = (problem: { code: string; message: string }): boolean =>
  problem.code === "hint" || /did you mean/i.test(problem.message);

/** The hints in a recorded response. */
export function hintsOf(entry: Control["JournalEntry"]): string[] {
  const problems = (entry.response.body?.json as Partial<Control["ErrorResponse"]> | null)?.validation_errors;
  if (!Array.isArray(problems) || (entry.response.status ?? 0) < 400) return [];
  return problems.filter((each) => typeof each?.message === "string" && isHint(each)).map((each) => each.message);
}

const toText = (query: Iterable<[string, string]>): string => [...query].map(([name, value]) => `${name}=${value}`).join("&");

function fromEntry(entry: Control["JournalEntry"], live: boolean): TrafficRow {
  const query = toText(entry.query);
  const { number, at, method, path, operation, partner, user, fault, console } = entry;
  const { status } = entry.response;
  const delay = entry.delay_milliseconds;
  return { number, at, method, path, query, operation, status, delay, partner, user, fault, nearMiss: hintsOf(entry).length > 0, console, live };
}

function fromAnnounced(news: Announced): TrafficRow {
  const { number, at, method, path, operation, status, partner, user, fault, console } = news;
  const [delay, nearMiss, query] = [news.delay_milliseconds, news.near_miss, toText(new URLSearchParams(news.query))];
  return { number, at, method, path, query, operation, status, delay, partner, user, fault, nearMiss, console, live: true };
}

/** The list of one visit to the page. */
export class Traffic {
  /** The requests, newest first. */
  readonly rows = signal<readonly TrafficRow[] | null>(null);
  /** Why the journal could not be read. */
  readonly error = signal<Error | null>(null);
  /** Whether the journal may hold earlier requests. */
  readonly hasEarlier = signal(false);
  /** Requests that came while the list was paused. */
  readonly held = signal(0);
  readonly paused = signal(false);
  readonly counted = signal<Counted | null>(null);
  #filter: Filter;
  #waiting: TrafficRow[] = [];
  #frame: number | undefined;
  #quiet: number | undefined;
  #load = 0;

  constructor(filter: Filter) {
    this.#filter = filter;
  }

  /** Follows the stream; returns the function that ends it. */
  follow(): () => void {
    const ends = [
      onTopic("requests", (detail) => this.#take(detail)),
      onTopic("reset", () => void this.loadNewest()),
    ];
    return () => {
      for (const end of ends) end();
      if (this.#frame !== undefined) cancelAnimationFrame(this.#frame);
      window.clearTimeout(this.#quiet);
    };
  }

  /** Searches with another filter. */
  search(filter: Filter): void {
    this.#filter = filter;
    void this.loadNewest();
  }

  /** Pauses the list or lets it go on. */
  pause(on: boolean): void {
    this.paused.value = on;
    if (!on) void this.loadNewest();
  }

  /** Reads the newest requests. */
  async loadNewest(): Promise<void> {
    const load = ++this.#load;
    this.#waiting = [];
    try {
      const entries = await this.#read({});
      if (load !== this.#load) return;
      this.held.value = 0;
      this.#set(entries.reverse().map((entry) => fromEntry(entry, false)), entries.length === PAGE);
    } catch (error) {
      if (load === this.#load) this.error.value = error as Error;
    }
  }

  /** Reads requests from before the earliest one in the list. */
  async loadEarlier(): Promise<void> {
    const rows = this.rows.value ?? [];
    const first = rows.at(-1)?.number ?? 1;
    const entries = first > 1 ? await this.#read({ before: first }) : [];
    this.#set([...rows, ...entries.reverse().map((entry) => fromEntry(entry, false))], entries.length === PAGE);
  }

  #read(more: { before?: number }): Promise<Control["JournalEntry"][]> {
    return control.get("/journal", { query: { ...toQuery(this.#filter), ...ownQuery(), ...more, limit: PAGE } });
  }

  #set(rows: TrafficRow[], hasEarlier: boolean): void {
    this.error.value = null;
    this.rows.value = rows;
    this.hasEarlier.value = hasEarlier;
  }

  #take(detail: unknown): void {
    const news = detail as News | undefined;
    if (news?.kind === "entries") this.#add(news.entries.map((entry) => fromEntry(entry, true)));
    else if (news?.kind === "request") this.#add([fromAnnounced(news)]);
    else if (news?.kind === "counts") this.#count(news);
    else void this.loadNewest();
  }

  #add(all: TrafficRow[]): void {
    const rows = ownShown.value ? all : all.filter((row) => !row.console);
    if (this.paused.value) {
      this.held.value += rows.length;
      return;
    }
    this.#waiting.push(...rows);
    if (this.#waiting.length > MAX_ROWS) this.#waiting.splice(0, this.#waiting.length - MAX_ROWS);
    this.#frame ??= requestAnimationFrame(() => this.#flush());
  }

  #flush(): void {
    this.#frame = undefined;
    const rows = this.rows.value ?? [];
    const newest = rows[0]?.number ?? 0;
    const fresh = this.#waiting.filter((row) => row.number > newest).reverse();
    this.#waiting = [];
    if (fresh.length) this.rows.value = [...fresh, ...rows].slice(0, MAX_ROWS);
  }

  /** Shows numbers while requests are too many; reads the newest ones when it is quiet again. */
  #count({ requests, statuses }: Omit<Counted, "perSecond">): void {
    if (!requests) return;
    if (this.paused.value) {
      this.held.value += requests;
      return;
    }
    const before = this.counted.value ?? { requests: 0, statuses: {}, perSecond: 0 };
    const sums = { ...before.statuses };
    for (const [kind, number] of Object.entries(statuses)) sums[kind] = (sums[kind] ?? 0) + number;
    const perSecond = Math.round(before.perSecond * 0.5 + requests * LOOKS_A_SECOND * (before.perSecond ? 0.5 : 1));
    this.counted.value = { requests: before.requests + requests, statuses: sums, perSecond };
    window.clearTimeout(this.#quiet);
    this.#quiet = window.setTimeout(() => {
      this.counted.value = null;
      void this.loadNewest();
    }, QUIET_MS);
  }
}
