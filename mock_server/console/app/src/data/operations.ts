/** The platform's operations by their names: method, path, and the parameters that a request's path holds. */

import { OPERATIONS } from "../types/operations";

const known = new Map(OPERATIONS.map(([id, method, path]) => [id, { id, method, path }]));

/** The names of all operations. */
export const operationNames: readonly string[] = [...known.keys()];

/** An operation with its method and path: `listEvents · GET /events/`. */
export function describeOperation(name: string): string {
  const operation = known.get(name);
  return operation ? `${name} · ${operation.method} ${operation.path}` : name;
}

/** Says whether an operation has this name. */
export const isOperation = (name: string): boolean => known.has(name);

/** The values of an operation's path parameters in a path, such as `{ package_id: "pkg_555" }`. */
export function pathParameters(operation: string, path: string): Record<string, string> {
  const template = known.get(operation)?.path.split("/") ?? [];
  const segments = path.split("/").slice(-template.length);
  const found = template.flatMap((part, index) => {
    const name = /^\{(\w+)\}$/.exec(part)?.[1];
    return name ? [[name, decode(segments[index] ?? "")] as const] : [];
  });
  return Object.fromEntries(found);
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
