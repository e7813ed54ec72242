/** Who is signed in to the platform in this tab, one user a workspace. */

import { signal } from "@preact/signals";
import { platformBase, workspace } from "./base";
import { ApiError, send, type ApiRequest } from "./http";
import { markOwn } from "./own";
import { recall, remember } from "./storage";
import type { Platform } from "./types";

/** A user's tokens, the partners whose data the user may read, and the one that requests are scoped to. */
export interface Session {
  username: string;
  accessToken: string;
  refreshToken: string;
  partners: string[];
  admin: boolean;
  partner: string | null;
}

/** A step that the platform asks for before it issues tokens. */
export type Challenge = Platform["SignInChallenge"] & { username: string };

const KEY = `session:${workspace}`;

/** The session, or null if nobody is signed in. */
export const session = signal<Session | null>(recall<Session>(KEY));

/** True while the sign-in form is open. */
export const signInOpen = signal(false);

let password: string | null = null;

function keep(next: Session | null): void {
  session.value = next;
  remember(KEY, next);
}

function post(path: string, body: unknown, method = "POST"): ApiRequest {
  return markOwn({ method, url: `${platformBase}${path}`, headers: { accept: "application/json" }, body });
}

/** Signs in; returns the challenge if the platform asks for another step first. */
export async function signIn(username: string, secret: string): Promise<Challenge | null> {
  const { data } = await send(post("/auth", { username, password: secret }));
  const answer = data as Platform["TokensOrChallenge"];
  if ("Challenge" in answer) return { ...answer, username };
  password = secret;
  accept(username, answer);
  return null;
}

/** Answers the challenge of a sign-in. */
export async function answerChallenge(challenge: Challenge, text: string): Promise<void> {
  const mfa = challenge.Challenge === "SOFTWARE_TOKEN_MFA";
  const path = mfa ? "/auth/challenge/mfa-token" : "/auth/challenge/new-password";
  const body = { Session: challenge.Session, [mfa ? "mfa_token" : "new_password"]: text };
  const { data } = await send(post(path, body, "PUT"));
  password = mfa ? null : text;
  accept(challenge.username, data as Platform["Tokens"]);
}

/** Forgets the tokens. */
export function signOut(): void {
  password = null;
  keep(null);
}

/** Scopes further requests to another partner of the user. */
export function choosePartner(partner: string): void {
  if (session.value) keep({ ...session.value, partner });
}

function accept(username: string, tokens: Platform["Tokens"]): void {
  const groups = readGroups(tokens.IdToken);
  const partners = groups.filter((group) => group.startsWith("partner-id-") || /^fd\d+$/.test(group));
  const before = session.value?.username === username ? session.value.partner : null;
  const admin = groups.includes("fd-admin");
  keep({
    username,
    accessToken: tokens.AccessToken,
    refreshToken: tokens.RefreshToken,
    partners,
    admin,
    partner: before ?? partners[0] ?? null,
  });
}

function readGroups(idToken: string): string[] {
  const part = idToken.split(".")[1] ?? "";
  const json = atob(part.replaceAll("-", "+").replaceAll("_", "/"));
  const claims = JSON.parse(new TextDecoder().decode(Uint8Array.from(json, (c) => c.charCodeAt(0)))) as {
    "cognito:groups"?: string[];
  };
  return claims["cognito:groups"] ?? [];
}

let renewal: Promise<boolean> | null = null;

/** Gets a new access token once a 401 says that the old one is not valid; false if the user has to sign in. */
export function renew(knownPassword: (username: string) => Promise<string | null>): Promise<boolean> {
  renewal ??= renewOnce(knownPassword).finally(() => {
    renewal = null;
  });
  return renewal;
}

async function renewOnce(knownPassword: (username: string) => Promise<string | null>): Promise<boolean> {
  const current = session.value;
  if (!current) return false;
  try {
    const { data } = await send(post("/auth/refresh_token", { token: current.refreshToken }));
    keep({ ...current, accessToken: (data as Platform["RefreshedTokens"]).AccessToken });
    return true;
  } catch (error) {
    if (!(error instanceof ApiError) || error.status === 0) return false;
  }
  // A reset makes refresh tokens invalid too: sign in as at first, if that needs nobody.
  try {
    const secret = password ?? (await knownPassword(current.username));
    if (secret !== null && (await signIn(current.username, secret)) === null) return true;
  } catch {
    // The form says why.
  }
  keep(null);
  return false;
}
