import { Agent as HttpAgent, request as requestHttp, type IncomingMessage } from "node:http";
import { Agent as HttpsAgent, request as requestHttps } from "node:https";
import { runInThisContext } from "node:vm";

// Requests are sent by node:http and not by `fetch`. In the environments happy-dom and jsdom, `fetch` is that of a page,
// which the server refuses as it refuses browsers, or there is none; and a test may replace `fetch` for its own purposes.

/** Classes of Node. Tests of jest run in a realm with globals of their own, and with jsdom it does not have these. */
const fetchClasses = runInThisContext("({ Headers, Request, Response })") as FetchClasses;
const WITHOUT_BODY = [204, 205, 304];
/** Less than the server waits for the next request, in milliseconds, so that no request is sent when it closes. */
const IDLE_TIMEOUT = 4_000;
const AGENT_OPTIONS = { keepAlive: true, timeout: IDLE_TIMEOUT };
const SENDERS = {
  "http:": { request: requestHttp, agent: new HttpAgent(AGENT_OPTIONS) },
  "https:": { request: requestHttps, agent: new HttpsAgent(AGENT_OPTIONS) },
};

type FetchClasses = Pick<typeof globalThis, "Headers" | "Request" | "Response">;

/** A request to send. */
export interface NodeRequest {
  method: string;
  url: string;
  headers: Readonly<Record<string, string>>;
  body?: string | Uint8Array | undefined;
  signal?: AbortSignal | undefined;
}

/** A response, with its whole body. */
export interface NodeResponse {
  status: number;
  statusText: string;
  /** Names and values in turn, as they were sent. */
  headers: readonly (readonly [name: string, value: string])[];
  body: Buffer;
}

/** Send a request, and return its response. Rejects with the error of the connection. */
export async function send({ method, url, headers, body, signal }: NodeRequest): Promise<NodeResponse> {
  const { request, agent } = SENDERS[new URL(url).protocol === "https:" ? "https:" : "http:"];
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const outgoing = request(url, { method, agent, headers: { accept: "*/*", "user-agent": "node", ...headers } });
    const abort = (): void => {
      outgoing.destroy((signal?.reason as Error | undefined) ?? new Error("the request was aborted"));
    };
    outgoing.on("response", resolve).on("error", reject);
    outgoing.on("close", () => signal?.removeEventListener("abort", abort));
    if (signal?.aborted) abort();
    signal?.addEventListener("abort", abort);
    outgoing.end(body);
  });
  const { statusCode = 0, statusMessage = "", rawHeaders } = response;
  const pairs = rawHeaders.flatMap((name, index) => (index % 2 ? [] : [[name, rawHeaders[index + 1] ?? ""] as const]));
  return { status: statusCode, statusText: statusMessage, headers: pairs, body: await readAll(response) };
}

/** Do as `fetch` does, by `send`. */
export async function fetchByNode(request: Request): Promise<Response> {
  const { method, url, signal } = request;
  const content = new Uint8Array(await request.arrayBuffer());
  const body = content.length > 0 ? content : undefined;
  const headers = Object.fromEntries(request.headers);
  const { status, statusText, ...response } = await send({ method, url, headers, body, signal }).catch((cause: unknown) => {
    throw signal.aborted ? signal.reason : new TypeError("fetch failed", { cause });
  });
  const { Response } = fetchClasses;
  const shown = response.headers.map(([name, value]): [string, string] => [name, value]);
  const hasBody = !WITHOUT_BODY.includes(status);
  return new Response(hasBody ? new Uint8Array(response.body) : null, { status, statusText, headers: shown });
}

/** Define the classes of `fetch` that openapi-fetch needs, if the environment of the tests does not have them. */
export function defineFetchClasses(): void {
  const own = globalThis as Record<string, unknown>;
  for (const [name, value] of Object.entries(fetchClasses)) own[name] ??= value;
}

async function readAll(response: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of response) parts.push(part as Buffer);
  return Buffer.concat(parts);
}
