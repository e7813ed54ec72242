/** The platform's API, as a partner's front end uses it: public operations, with the user's own token. */

import { platformBase } from "./base";
import { ApiError, send, type ApiRequest } from "./http";
import { markOwn } from "./own";
import { renew, session, signInOpen } from "./session";
import { buildUrl, typedClient, type AnyOptions, type Method } from "./typed";
import type { PlatformPaths } from "./types";
import { knownPassword, loadUsers } from "./users";

/** Builds a request with the user's token, scoped to the user's partner. */
export function buildPlatformRequest(method: string, url: string, body?: unknown): ApiRequest {
  const headers: Record<string, string> = { accept: "application/json" };
  const current = session.value;
  if (current) headers["authorization"] = `Bearer ${current.accessToken}`;
  if (current?.partner) headers["x-preferred-partner-id"] = current.partner;
  const request: ApiRequest = { method, url, headers };
  if (body !== undefined) request.body = body;
  return request;
}

async function passwordOf(username: string): Promise<string | null> {
  await loadUsers();
  return knownPassword(username);
}

/** Sends a request under /api/v3; after a 401, it renews the token and tries once more. */
export async function sendToPlatform(method: string, path: string, body?: unknown, signal?: AbortSignal) {
  const url = `${platformBase}${path}`;
  const signedIn = session.value !== null;
  try {
    return await send(markOwn(buildPlatformRequest(method, url, body)), signal);
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 401) throw error;
    if (!(await renew(passwordOf))) {
      // Who has not signed in yet is asked by the page, in its own place.
      signInOpen.value ||= signedIn;
      throw error;
    }
    return send(markOwn(buildPlatformRequest(method, url, body)), signal);
  }
}

const build = (method: Method, path: string, options: AnyOptions): ApiRequest =>
  buildPlatformRequest(method.toUpperCase(), buildUrl(platformBase, path, options), options.body);

/** The typed client: `platform.get("/events/{eid}", { path: { eid } })`. */
export const platform = typedClient<PlatformPaths>(build, async (method, path, options, signal) => {
  const relative = buildUrl("", path, options);
  return (await sendToPlatform(method.toUpperCase(), relative, options.body, signal)).data;
});
