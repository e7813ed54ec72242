/** The partner that requests are scoped to, and its events, as pages of the platform share them. */

import { platform } from "./platform";
import { useResource, type Resource } from "./resource";
import { session } from "./session";
import type { Platform } from "./types";

/** The id that the user's requests name the partner by; empty if there is none. */
export const partnerId = (): string => session.value?.partner ?? "";

/** The partner's record. */
export function usePartner(): Resource<Platform["Partner"]> {
  return useResource("partner", {
    load: (abort) => platform.get("/partners/", {}, abort),
    request: () => platform.describe("get", "/partners/"),
    on: ["writes"],
  });
}

/** How many events a choice offers; the platform returns at most as many on a page. */
export const MAX_CHOICES = 500;

/** The partner's events to choose from. */
export function useEventChoices(): Resource<Platform["EventPage"]> {
  const options = { query: { limit: MAX_CHOICES } };
  return useResource("events/choices", {
    load: (abort) => platform.get("/events/", options, abort),
    request: () => platform.describe("get", "/events/", options),
    on: ["writes"],
  });
}

/** The title of an event, or its id as long as the title is not known. */
export function titleOf(choices: Platform["EventPage"] | undefined, id: string): string {
  return choices?.items.find((event) => event.id === id)?.title ?? id;
}
