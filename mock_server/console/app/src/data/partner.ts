/** The partner that requests are scoped to, and its events, as pages of the platform share them. */

import { limited } from "./limited";
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

/** The settings that new packages start with. */
export function useDefaults(): Resource<Platform["BackhaulDefaults"]> {
  const options = { path: { partner_id: partnerId() } };
  return useResource("defaults", {
    load: (abort) => platform.get("/partners/{partner_id}/backhaul_attribution_details", options, abort),
    request: () => platform.describe("get", "/partners/{partner_id}/backhaul_attribution_details", options),
    on: ["writes"],
  });
}

/** The partner's packages, newest first. */
export function usePackages(): Resource<Platform["Package"][]> {
  return useResource("packages", {
    load: (abort) => platform.get("/package_builder/packages/", {}, abort),
    request: () => platform.describe("get", "/package_builder/packages/"),
    on: ["jobs", "writes"],
  });
}

/** The settings that a package holds. */
export function useSettings(id: string): Resource<Platform["EvaluationSettings"]> {
  const path = "/package_builder/packages/{package_id}/backhaul_evaluation_details";
  const options = { path: { package_id: id } };
  return useResource(`settings/${id}`, {
    load: (abort) => limited(() => platform.get(path, options, abort)),
    request: () => platform.describe("get", path, options),
    on: ["writes"],
  });
}
