/** The users of the workspace's world, and what each one is for. */

import { control } from "./control";
import { Resource } from "./resource";
import type { Control } from "./types";

/** A user who can sign in. */
export type User = Control["User"];

/** The users, the usual one first. */
export const users = new Resource<User[]>("users", {
  load: (abort) => control.get("/users", {}, abort),
  request: () => control.describe("get", "/users"),
});

let loading: Promise<void> | null = null;

/** Loads the users if nobody did. Callers at the same time wait for the same load. */
export async function loadUsers(): Promise<User[]> {
  if (!users.state.peek().value) {
    loading ??= users.refresh().finally(() => (loading = null));
    await loading;
  }
  return users.state.peek().value ?? [];
}

/** The password of a user, if the server tells it: it does so for the sample's users on loopback. */
export const knownPassword = (username: string): string | null =>
  users.state.peek().value?.find((user) => user.username === username)?.password ?? null;

/** What the user is for, from its groups. */
export function describeUser(user: User): string {
  if (user.groups.includes("account-disabled")) return "Disabled: the sign-in is refused.";
  if (user.mfa_token) return `Asks for a second factor: ${user.mfa_token}.`;
  if (user.must_change_password) return "Has to choose a new password first.";
  if (user.groups.includes("fd-admin")) return "The platform's administrator: any partner, and always one.";
  if (user.partners.length > 1) return `Several partners: ${user.partners.join(", ")}.`;
  return user.partners.length ? `One partner, ${user.partners[0]}.` : "No partner.";
}
