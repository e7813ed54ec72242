/** Plays the steps of a gotcha from the page, as a client would: with a token of the gotcha's own user. */

import { controlHeaders, sendToControl } from "../../data/control";
import { exchange, send, type ApiRequest } from "../../data/http";
import type { Control } from "../../data/types";
import { serverBase } from "../../data/base";

type Step = Control["GotchaStep"];
type Trap = Control["Trap"];

/** What was sent for a step, and what came back. */
export interface Outcome {
  request: ApiRequest;
  status: number;
  headers: [string, string][];
  data: unknown;
}

/** The place in front of `/w/…` in the paths of a trap; empty unless a proxy adds one. */
const mount = serverBase.replace(/\/_mock$/, "");

/** A header that a page cannot set. Such a step is shown, but not sent. */
const FORBIDDEN = /^(origin|access-control-.*)$/i;

/** Says whether a page may send the request of a step. */
export const canSend = (step: Step): boolean => step.method !== "OPTIONS" && !Object.keys(step.headers).some((name) => FORBIDDEN.test(name));

/** One play: its workspace and the values that responses have set. */
export class Play {
  readonly #variables: Record<string, unknown> = {};

  constructor(readonly trap: Trap) {}

  /** The password of the gotcha's user, or null if the server does not tell it. */
  async findPassword(): Promise<string | null> {
    const url = `${mount}${this.trap.control_path}/users`;
    const { data } = await sendToControl({ method: "GET", url, headers: controlHeaders() });
    return (data as Control["User"][]).find((user) => user.username === this.trap.user)?.password ?? null;
  }

  /** Signs in as the gotcha's user. */
  async signIn(password: string): Promise<void> {
    const body = { username: this.trap.user, password };
    const { data } = await send({ method: "POST", url: `${mount}${this.trap.base_path}/auth`, headers: {}, body });
    const tokens = data as { AccessToken: string; RefreshToken: string };
    Object.assign(this.#variables, { TOKEN: tokens.AccessToken, REFRESH: tokens.RefreshToken, PASSWORD: password });
  }

  /** Sends the request of a step. */
  async send(step: Step): Promise<Outcome> {
    const request = this.#build(step);
    const { status, headers, data } = await exchange(request);
    for (const [name, selector] of Object.entries(step.captures)) this.#variables[name] = select(data, selector);
    return { request, status, headers: [...headers.entries()], data };
  }

  #build(step: Step): ApiRequest {
    const headers: Record<string, string> = { ...step.headers };
    if (step.has_token) headers["authorization"] = `Bearer ${String(this.#variables["TOKEN"])}`;
    if (step.path.startsWith(this.trap.control_path)) Object.assign(headers, controlHeaders());
    const request: ApiRequest = { method: step.method, url: `${mount}${String(this.#fill(step.path))}`, headers };
    if (step.body !== null) request.body = this.#fill(step.body);
    return request;
  }

  /** Replaces `$NAME` by the value that a response has set. */
  #fill(value: unknown): unknown {
    if (typeof value === "string") {
      return value.replace(/\$([A-Z_]+)/g, (text, name: string) => (name in this.#variables ? String(this.#variables[name]) : text));
    }
    if (Array.isArray(value)) return value.map((each) => this.#fill(each));
    if (value === null || typeof value !== "object") return value;
    return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, this.#fill(each)]));
  }
}

/** The value of a selector such as `.id` or `[].id` in a response. */
function select(data: unknown, selector: string): unknown {
  let values: unknown[] = [data];
  let isList = false;
  for (const [part] of selector.matchAll(/\[\]|[^.[\]]+/g)) {
    if (part === "[]") {
      isList = true;
      values = values.flatMap((each) => (Array.isArray(each) ? each : []));
    } else values = values.map((each) => (each as Record<string, unknown> | null)?.[part]);
  }
  return isList ? values : values[0];
}
