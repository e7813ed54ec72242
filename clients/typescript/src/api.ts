import createClient, { type Client } from "openapi-fetch";
import { sendOrExplain } from "./control.js";
import { describeError, SignInError } from "./errors.js";
import type { paths } from "./generated/platform.js";
import { defineFetchClasses, fetchByNode } from "./http.js";

/** A client of the platform's API, with a function for each method: `api.GET("/events/", …)`. */
export type Api = Client<paths>;

/** Who a client signs in as. */
export interface ApiOptions {
  /** The user's name; the default is `partner@acme.example`. */
  user?: string;
  /** The user's password; the default is that of the sample users. */
  password?: string;
  /** The partner for which a user of several partners acts: the header `X-Preferred-Partner-Id`. */
  partner?: string;
  /**
   * Whether to sign in again when the workspace's clock has passed the token's time of expiry, and after a reset. The
   * default is true. With false, a request gets 401 then, as in an application that does not refresh its token.
   */
  signsInAgain?: boolean;
}

/** What a client needs of its workspace. */
export interface SignInTarget {
  readonly platformUrl: string;
  /** The password of the sample users. */
  readonly password: string;
  /** The time on the workspace's clock. */
  readNow(): Promise<Date>;
  /** Counts the resets of the workspace. */
  readonly resets: number;
}

interface Token {
  value: string;
  expires: Date;
  resets: number;
}

const DEFAULT_USER = "partner@acme.example";
const MILLISECONDS = 1_000;
const OK = 200;
/** The paths without a token. */
const PUBLIC_PATH = /^\/(status\/|auth(\/.*)?)$/;

/** The sign-in of one user. It happens at the first use. */
export class Session {
  #token: Promise<Token> | undefined;

  constructor(
    private readonly target: SignInTarget,
    private readonly options: ApiOptions = {},
  ) {}

  /** Return an access token, which is valid now unless `signsInAgain` is false. Rejects with `SignInError`. */
  async token(): Promise<string> {
    const known = this.#token;
    if (known !== undefined && (this.options.signsInAgain ?? true) && (await this.#isStale(await known))) {
      // Another call may have noticed it, too, and signed in meanwhile.
      if (this.#token === known) this.#token = undefined;
    }
    this.#token ??= this.#signIn();
    const signingIn = this.#token;
    try {
      return (await signingIn).value;
    } catch (error) {
      if (this.#token === signingIn) this.#token = undefined;
      throw error;
    }
  }

  // The clock is asked, because a request with an expired token would stand in the journal, and count for faults.
  async #isStale(token: Token): Promise<boolean> {
    return token.resets !== this.target.resets || token.expires <= (await this.target.readNow());
  }

  async #signIn(): Promise<Token> {
    const { resets } = this.target;
    const { user = DEFAULT_USER } = this.options;
    const password = this.options.password ?? this.target.password;
    const headers = { "content-type": "application/json" };
    const credentials = { username: user, password };
    const { status, content } = await sendOrExplain("POST", `${this.target.platformUrl}/auth`, headers, credentials);
    if (status !== OK) throw new SignInError(`${user} cannot sign in: ${status} ${describeError(content)}`);
    const body = content as { AccessToken?: string; Challenge?: string };
    if (body.AccessToken === undefined) throw new SignInError(`${user} must answer the challenge ${body.Challenge}`);
    return { value: body.AccessToken, expires: readExpiry(body.AccessToken), resets };
  }
}

/** Return a client of a workspace that signs in when it is first used. */
export function createApi(target: SignInTarget, options: ApiOptions = {}): Api {
  const session = new Session(target, options);
  defineFetchClasses();
  const client = createClient<paths>({ baseUrl: target.platformUrl, fetch: fetchByNode });
  client.use({
    async onRequest({ request, schemaPath }) {
      if (options.partner !== undefined) request.headers.set("x-preferred-partner-id", options.partner);
      if (!PUBLIC_PATH.test(schemaPath) && !request.headers.has("authorization")) {
        request.headers.set("authorization", `Bearer ${await session.token()}`);
      }
      return request;
    },
  });
  return client;
}

function readExpiry(token: string): Date {
  const [, claims = ""] = token.split(".");
  const { exp } = JSON.parse(Buffer.from(claims, "base64url").toString()) as { exp: number };
  return new Date(exp * MILLISECONDS);
}
