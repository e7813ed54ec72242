import { ControlError, ServerUnavailableError } from "./errors.js";
import {
  CONTROL_OPERATIONS,
  WORKSPACE_OPERATIONS,
  type OperationAddress,
  type ServerControl,
  type WorkspaceControl,
} from "./generated/control-operations.js";
import type { operations } from "./generated/control.js";
import { send as sendByNode } from "./http.js";

const FIRST_ERROR = 400;

/** The id of an operation of the control API. */
export type ControlOperationId = keyof operations;

type Part<Name extends string, Value> = [Value] extends [undefined]
  ? object
  : undefined extends Value
    ? { [Key in Name]?: Value }
    : { [Key in Name]: Value };
type Content<Body> = Body extends { content: { "application/json": infer Json } }
  ? Json
  : Body extends { content: Record<string, infer Text> }
    ? Text
    : undefined;
type RequestBody<Id extends ControlOperationId> = operations[Id] extends { requestBody: infer Required }
  ? Content<Required>
  : operations[Id] extends { requestBody?: infer Optional }
    ? Content<NonNullable<Optional>> | undefined
    : undefined;

/** What an operation takes: its `path` parameters, its `query`, its `header` parameters and its JSON `body`. */
export type ControlOptions<Id extends ControlOperationId> = Part<"path", operations[Id]["parameters"]["path"]> &
  Part<"query", operations[Id]["parameters"]["query"]> &
  Part<"header", operations[Id]["parameters"]["header"]> &
  Part<"body", RequestBody<Id>>;

/** The JSON or the text that an operation returns, or `undefined` if its response has no body. */
export type ControlResult<Id extends ControlOperationId> = operations[Id]["responses"] extends { 200: infer Success }
  ? Content<Success>
  : operations[Id]["responses"] extends { 201: infer Success }
    ? Content<Success>
    : undefined;

/** Sends the request of an operation. It rejects with `ControlError` if the server refuses the request. */
export type ControlOperation<Id extends ControlOperationId> = (
  ...options: object extends ControlOptions<Id> ? [options?: ControlOptions<Id>] : [options: ControlOptions<Id>]
) => Promise<ControlResult<Id>>;

interface AnyOptions {
  path?: Record<string, string>;
  query?: Record<string, unknown>;
  header?: Record<string, string>;
  body?: unknown;
}

/** A control API: its URL, and the server's control token if it has one. */
export interface ControlTarget {
  baseUrl: string;
  controlToken: string | undefined;
  /** Is called with the id of each operation that succeeded. */
  after?: (id: ControlOperationId) => void;
}

type OperationTable = Readonly<Partial<Record<ControlOperationId, OperationAddress>>>;

/** Return a function for each operation of the server's control API. */
export function createServerControl(target: ControlTarget): ServerControl {
  return createFunctions(CONTROL_OPERATIONS, target) as unknown as ServerControl;
}

/** Return a function for each operation of a workspace's control API. */
export function createWorkspaceControl(target: ControlTarget): WorkspaceControl {
  return createFunctions(WORKSPACE_OPERATIONS, target) as unknown as WorkspaceControl;
}

function createFunctions(operations: OperationTable, { baseUrl, controlToken, after }: ControlTarget) {
  const entries = Object.entries(operations).map(([id, [method, path]]) => {
    const operation = async (options: AnyOptions = {}): Promise<unknown> => {
      const url = baseUrl + fillPath(path, options.path) + formatQuery(options.query);
      const result = await send(method, url, options, controlToken);
      after?.(id as ControlOperationId);
      return result;
    };
    return [id, operation];
  });
  return Object.fromEntries(entries) as Record<string, unknown>;
}

function fillPath(template: string, parameters: Record<string, string> = {}): string {
  return template.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(parameters[name])));
}

function formatQuery(query: Record<string, unknown> = {}): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== null);
  const text = new URLSearchParams(given.map(([name, value]): [string, string] => [name, String(value)])).toString();
  return text && `?${text}`;
}

async function send(method: string, url: string, options: AnyOptions, controlToken?: string): Promise<unknown> {
  const { body } = options;
  const headers: Record<string, string> = { ...options.header };
  if (controlToken !== undefined) headers["x-mock-control-token"] = controlToken;
  if (body !== undefined) headers["content-type"] = "application/json";
  const { status, content, requestId } = await sendOrExplain(method, url, headers, body);
  if (status >= FIRST_ERROR) throw new ControlError(`${method} ${url}`, status, content, requestId);
  return content;
}

/** The response of a request whose body is JSON or text. */
export interface ParsedResponse {
  status: number;
  content: unknown;
  requestId: string | null;
}

/** Send a request with JSON. If there is no response, the error names the address and the cause. */
export async function sendOrExplain(
  method: string,
  url: string,
  headers: Record<string, string>,
  body?: unknown,
): Promise<ParsedResponse> {
  const content = body === undefined ? undefined : JSON.stringify(body);
  try {
    const response = await sendByNode({ method, url, headers, body: content });
    const [, requestId = null] = response.headers.find(([name]) => name.toLowerCase() === "x-request-id") ?? [];
    return { status: response.status, content: parseJson(response.body.toString()), requestId };
  } catch (error) {
    const { code, message } = error as { code?: string; message?: string };
    const reason = code ?? message ?? String(error);
    throw new ServerUnavailableError(`no Wavetank server answers at ${url}: ${reason}`, { cause: error });
  }
}

function parseJson(text: string): unknown {
  if (text === "") return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}
