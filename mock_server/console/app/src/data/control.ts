/** The control API: the machinery that the real platform hides. */

import { signal } from "@preact/signals";
import { controlBase, serverBase } from "./base";
import { ApiError, send, type ApiRequest, type ApiResponse } from "./http";
import { recall, remember } from "./storage";
import { buildUrl, typedClient, type AnyOptions, type Method } from "./typed";
import type { ControlPaths } from "./types";

const KEY = "control-token";

/** True while the server's control token is asked for. */
export const controlTokenAsked = signal(false);

let token = recall<string>(KEY);
let waiting: ((given: boolean) => void)[] = [];
let refused = false;

/** Takes the token that the user gave; null if the user gave none. */
export function giveControlToken(text: string | null): void {
  if (text !== null) {
    token = text;
    remember(KEY, text);
  }
  refused = text === null;
  controlTokenAsked.value = false;
  for (const resume of waiting) resume(text !== null);
  waiting = [];
}

/** Opens the question again, after it was closed without a token. */
export function askForControlToken(): void {
  refused = false;
  controlTokenAsked.value = true;
}

/** The headers of a control request. */
export function controlHeaders(): Record<string, string> {
  const headers: Record<string, string> = { accept: "application/json" };
  if (token) headers["x-mock-control-token"] = token;
  return headers;
}

/** Asks for the token once; false if the user closes the question. */
export function obtainControlToken(): Promise<boolean> {
  if (refused) return Promise.resolve(false);
  controlTokenAsked.value = true;
  return new Promise((resolve) => waiting.push(resolve));
}

/** Says whether a response refuses a request for want of the control token. */
export function needsControlToken(error: unknown): boolean {
  return error instanceof ApiError && error.status === 403 && "x-mock-control-token" in lowered(error);
}

function lowered(error: ApiError): Record<string, true> {
  return Object.fromEntries(error.problems.map((each) => [each.field.toLowerCase(), true as const]));
}

/** Sends a request to the control API; after a 403 for want of the token, it asks for it and tries again. */
export async function sendToControl(request: ApiRequest, abort?: AbortSignal): Promise<ApiResponse> {
  for (;;) {
    const used = token;
    try {
      return await send({ ...request, headers: { ...request.headers, ...controlHeaders() } }, abort);
    } catch (error) {
      if (!needsControlToken(error)) throw error;
      if (used === token && !(await obtainControlToken())) throw error;
    }
  }
}

/** These operations belong to the server; all others belong to a workspace. */
function baseOf(path: string): string {
  return /^\/(workspaces|gotchas|server|reports|health)\b/.test(path) ? serverBase : controlBase;
}

const build = (method: Method, path: string, options: AnyOptions): ApiRequest => {
  const url = buildUrl(baseOf(path), path, options);
  const request: ApiRequest = { method: method.toUpperCase(), url, headers: controlHeaders() };
  if (options.body !== undefined) request.body = options.body;
  return request;
};

/** The typed client: `control.post("/clock/advance", { body: { hours: 1 } })`. */
export const control = typedClient<ControlPaths>(
  build,
  async (method, path, options, abort) => (await sendToControl(build(method, path, options), abort)).data,
);
