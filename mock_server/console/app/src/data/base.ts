/** Where the page is served: the addresses of its workspace's two APIs. */

const found = /^(.*?)(?:\/w\/([^/]+))?\/_mock(?:\/|$)/.exec(location.pathname);

/** The part of the address before `/w/{name}` or `/_mock`; empty unless a proxy adds one. */
const root = found?.[1] ?? "";

/** The name of the page's workspace. */
export const workspace = found?.[2] ? decodeURIComponent(found[2]) : "default";

const prefix = workspacePrefix(workspace);

/** The address of the platform's API. */
export const platformBase = `${prefix}/api/v3`;

/** The address of the workspace's control API. */
export const controlBase = `${prefix}/_mock`;

/** The address of the server's control API, which alone has workspaces and gotchas. */
export const serverBase = `${root}/_mock`;

/** The address of the page's own files. */
export const assetBase = `${controlBase}/console`;

function workspacePrefix(name: string): string {
  return name === "default" ? root : `${root}/w/${encodeURIComponent(name)}`;
}

/** The address of the console of a workspace. */
export function consoleAddress(name: string, fragment = ""): string {
  return `${workspacePrefix(name)}/_mock/${fragment}`;
}

/** An address as a colleague would use it, with the origin. */
export function absolute(path: string): string {
  return new URL(path, location.origin).href;
}
