/** Requests and responses: one way to send, one error, and the same request as a curl command. */

import { absolute } from "./base";

/** A request before it is sent. `secret` names headers whose values a copied command replaces. */
export interface ApiRequest {
  method: string;
  url: string;
  headers: Record<string, string>;
  body?: unknown;
}

/** An entry of `validation_errors`. */
export interface Problem {
  code: string;
  field: string;
  message: string;
}

interface ErrorBody {
  message: string;
  error_code: string | null;
  validation_errors: Problem[];
}

/** A response that is not a success, or no response at all (`status` 0). */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly request: ApiRequest,
    readonly problems: Problem[],
    readonly key: string | null,
    readonly requestId: string | null,
  ) {
    super(describe(status, key, problems));
    this.name = "ApiError";
  }

  /** The server's own words for a field of a form. */
  problem(field: string): string | undefined {
    const own = this.problems.filter((each) => isAbout(each, field));
    return own.length ? own.map((each) => each.message).join(" ") : undefined;
  }
}

/** A field that has to be filled in: its name, what is entered or whether it will do, and what to say if not. */
export type Required = [field: string, entered: string | boolean, message: string];

/** Throws the problems of a form that cannot be sent yet, in plain words; nothing is sent. */
export function requireFields(fields: Required[]): void {
  const missing = fields.filter(([, entered]) => (typeof entered === "string" ? !entered.trim() : !entered));
  if (!missing.length) return;
  const problems = missing.map(([field, , message]) => ({ code: "missing", field, message }));
  throw new ApiError(400, { method: "", url: "", headers: {} }, problems, null, null);
}

/** Says whether a problem is about a field: `city`, `body.city`, or an item of it, `city.0`. */
export function isAbout(problem: Problem, field: string): boolean {
  return `.${problem.field}.`.includes(`.${field}.`);
}

function describe(status: number, key: string | null, problems: Problem[]): string {
  if (status === 0) return "The server cannot be reached.";
  const words = problems.map((each) => each.message).join("; ");
  return [`${status}`, key, words].filter(Boolean).join(" · ");
}

/** A response that was read. `data` is the parsed JSON, or the text if it is not JSON. */
export interface ApiResponse {
  status: number;
  headers: Headers;
  data: unknown;
}

/** Sends a request and reads the response, whatever its status; without a response, it is an ApiError. */
export async function exchange(request: ApiRequest, signal?: AbortSignal): Promise<ApiResponse> {
  const response = await sendRaw(request, signal);
  const data = await readBody(response, request, signal);
  return { status: response.status, headers: response.headers, data };
}

/** Sends a request and reads the response; a status of 400 or more is an ApiError. */
export async function send(request: ApiRequest, signal?: AbortSignal): Promise<ApiResponse> {
  const response = await exchange(request, signal);
  const { status, headers, data } = response;
  if (status < 400) return response;
  const body = (typeof data === "object" ? data : null) as ErrorBody | null;
  throw new ApiError(status, request, body?.validation_errors ?? [], body?.message ?? null, headers.get("x-request-id"));
}

async function sendRaw(request: ApiRequest, signal?: AbortSignal): Promise<Response> {
  const { method, url, body } = request;
  const headers = { ...request.headers };
  const init: RequestInit = { method, headers, cache: "no-store", credentials: "omit" };
  if (signal) init.signal = signal;
  if (body instanceof FormData) init.body = body;
  else if (body !== undefined) {
    headers["content-type"] ??= "application/json";
    init.body = typeof body === "string" ? body : JSON.stringify(body);
  }
  try {
    return await fetch(url, init);
  } catch (error) {
    throw unlessAborted(error, request);
  }
}

async function readBody(response: Response, request: ApiRequest, signal?: AbortSignal): Promise<unknown> {
  try {
    const text = await response.text();
    if (!text) return undefined;
    return response.headers.get("content-type")?.includes("json") ? JSON.parse(text) : text;
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new ApiError(0, request, [], null, null);
  }
}

function unlessAborted(error: unknown, request: ApiRequest): unknown {
  if (error instanceof DOMException && error.name === "AbortError") return error;
  return new ApiError(0, request, [], null, null);
}

const SECRETS: Record<string, string> = {
  authorization: "Bearer $TOKEN",
  "x-mock-control-token": "$CONTROL_TOKEN",
};

/** Writes the request as a curl command. Tokens are shell variables, so that a copied command holds no secret. */
export function toCurl(request: ApiRequest): string {
  const words = ["curl"];
  if (request.method !== "GET") words.push("-X", request.method);
  words.push(quote(absolute(request.url)));
  for (const [name, value] of Object.entries(request.headers)) {
    const secret = SECRETS[name.toLowerCase()];
    words.push("-H", secret ? `"${name}: ${secret}"` : quote(`${name}: ${value}`));
  }
  if (request.body instanceof FormData) words.push("-F", "'file=@FILE'");
  else if (request.body !== undefined) {
    words.push("-H", quote("content-type: application/json"), "-d", quote(JSON.stringify(request.body)));
  }
  return words.join(" ");
}

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
