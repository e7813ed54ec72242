/** A client whose paths, parameters, bodies and responses are typed by an OpenAPI document. */

import type { ApiRequest } from "./http";

export type Method = "get" | "put" | "post" | "delete";

/** The operation of a path and a method. */
type Operation<P, K extends keyof P, M extends Method> = M extends keyof P[K] ? NonNullable<P[K][M]> : never;

/** The paths that have a method. */
export type PathOf<P, M extends Method> = {
  [K in keyof P]: M extends keyof P[K] ? ([NonNullable<P[K][M]>] extends [never] ? never : K) : never;
}[keyof P] &
  string;

type PathPart<O> = O extends { parameters: { path: infer T } } ? { path: T } : { path?: undefined };
type QueryPart<O> = O extends { parameters: { query: infer T } }
  ? { query: T }
  : O extends { parameters: { query?: infer T } }
    ? { query?: T }
    : { query?: undefined };
type Json<R> = R extends { content: { "application/json": infer T } } ? T : undefined;
type BodyPart<O> = O extends { requestBody: { content: { "application/json": infer T } } }
  ? { body: T }
  : O extends { requestBody?: { content: { "application/json": infer T } } }
    ? { body?: T }
    : { body?: undefined };

/** The path and query parameters and the body of an operation. */
export type Options<P, K extends keyof P, M extends Method> = PathPart<Operation<P, K, M>> &
  QueryPart<Operation<P, K, M>> &
  BodyPart<Operation<P, K, M>>;

/** The body of a successful response. */
export type Answer<P, K extends keyof P, M extends Method> =
  Operation<P, K, M> extends { responses: infer R }
    ? { [S in keyof R]: S extends 200 | 201 | 204 ? Json<R[S]> : never }[keyof R]
    : never;

/** Options may be left out where nothing in them is required. */
export type Arguments<O> = {} extends O ? [options?: O, signal?: AbortSignal] : [options: O, signal?: AbortSignal];

/** Parameters and body, without their types. */
export interface AnyOptions {
  path?: unknown;
  query?: unknown;
  body?: unknown;
}

/** Fills the path's parameters and appends the query; a list repeats its key. */
export function buildUrl(base: string, template: string, options: AnyOptions): string {
  const values = (options.path ?? {}) as Record<string, string | number>;
  const path = template.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(values[name])));
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries((options.query ?? {}) as Record<string, unknown>)) {
    for (const each of Array.isArray(value) ? value : [value]) {
      if (each !== undefined && each !== null) query.append(name, String(each));
    }
  }
  const text = query.toString();
  return `${base}${path}${text ? `?${text}` : ""}`;
}

/** The typed functions of an API. `describe` builds a request without sending it, to copy as curl. */
export interface TypedClient<P> {
  get<K extends PathOf<P, "get">>(path: K, ...rest: Arguments<Options<P, K, "get">>): Promise<Answer<P, K, "get">>;
  put<K extends PathOf<P, "put">>(path: K, ...rest: Arguments<Options<P, K, "put">>): Promise<Answer<P, K, "put">>;
  post<K extends PathOf<P, "post">>(path: K, ...rest: Arguments<Options<P, K, "post">>): Promise<Answer<P, K, "post">>;
  delete<K extends PathOf<P, "delete">>(
    path: K,
    ...rest: Arguments<Options<P, K, "delete">>
  ): Promise<Answer<P, K, "delete">>;
  describe<M extends Method, K extends PathOf<P, M>>(
    method: M,
    path: K,
    ...rest: Arguments<Options<P, K, M>>
  ): ApiRequest;
}

/** Makes a typed client from a function that builds a request and one that sends it. */
export function typedClient<P>(
  build: (method: Method, path: string, options: AnyOptions) => ApiRequest,
  run: (method: Method, path: string, options: AnyOptions, signal?: AbortSignal) => Promise<unknown>,
): TypedClient<P> {
  const bind = (method: Method) => (path: string, options?: AnyOptions, signal?: AbortSignal) =>
    run(method, path, options ?? {}, signal);
  return {
    get: bind("get"),
    put: bind("put"),
    post: bind("post"),
    delete: bind("delete"),
    describe: (method: Method, path: string, options?: AnyOptions) => build(method, path, options ?? {}),
  } as unknown as TypedClient<P>;
}
