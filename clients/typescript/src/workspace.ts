import { createApi, Session, type Api, type ApiOptions } from "./api.js";
import { createServerControl, createWorkspaceControl, type ControlResult } from "./control.js";
import { ControlError } from "./errors.js";
import { Faults } from "./faults.js";
import type { ServerControl, WorkspaceControl } from "./generated/control-operations.js";
import type { components } from "./generated/control.js";
import { Journal } from "./journal.js";

type Schemas = components["schemas"];

/** A time, as a Date or as text such as `2026-09-01T12:00:00Z`. */
export type Time = Date | string;

/** A duration, as its parts or as text such as `14d`, `90s` or `1h30m`. */
export type Duration = Schemas["DurationRequest"] | string;

/** The workspace to create. What is omitted is as in the server's default workspace, but the clock is frozen. */
export type WorkspaceOptions = Omit<Schemas["WorkspaceRequest"], "now"> & {
  /** The time at which the clock starts. */
  now?: Time;
};

/** Where a workspace is, and who may control it. */
export interface WorkspaceAddress {
  name: string;
  /** The address of the server. */
  url: string;
  controlToken: string | undefined;
  /** The password of the sample users. */
  password: string;
}

const NOT_FOUND = 404;
const DAYS_OF_WEEK = 7;
const DURATION = /^(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?$/;

/** An isolated instance of the platform in a server, with its own clock, data, tokens and journal. */
export class Workspace {
  readonly name: string;
  /** The base URL of the platform's API, for the application under test. */
  readonly platformUrl: string;
  /** The base URL of the control API. */
  readonly controlUrl: string;
  /** All operations of the workspace's control API, by their `operationId`. */
  readonly control: WorkspaceControl;
  readonly clock: Clock;
  readonly faults: Faults;
  readonly journal: Journal;
  /** A client of the platform's API that signs in as `partner@acme.example`. */
  readonly api: Api;
  readonly #server: ServerControl;
  readonly #password: string;
  readonly #session: Session;
  #resets = 0;

  constructor(address: WorkspaceAddress) {
    const path = address.name === "default" ? "" : `/w/${encodeURIComponent(address.name)}`;
    this.name = address.name;
    this.#password = address.password;
    this.platformUrl = `${address.url}${path}/api/v3`;
    this.controlUrl = `${address.url}${path}/_mock`;
    const { controlToken } = address;
    const after = (id: string): void => {
      if (id === "resetWorkspace") this.#resets += 1;
    };
    this.control = createWorkspaceControl({ baseUrl: this.controlUrl, controlToken, after });
    this.#server = createServerControl({ baseUrl: `${address.url}/_mock`, controlToken });
    this.clock = new Clock(this.control);
    this.faults = new Faults(this.control);
    this.journal = new Journal(this.control);
    this.api = this.apiAs();
    this.#session = new Session(this.#signInTarget());
  }

  /** Return a client of the platform's API that signs in as this user: a name, or the options of the client. */
  apiAs(user: string | ApiOptions = {}): Api {
    return createApi(this.#signInTarget(), typeof user === "string" ? { user } : user);
  }

  /** Return an access token that is valid now, of `partner@acme.example` or of another user. */
  token(user?: ApiOptions): Promise<string> {
    return (user === undefined ? this.#session : new Session(this.#signInTarget(), user)).token();
  }

  /** Delete the workspace. It is no error if it does not exist any more. */
  async delete(): Promise<void> {
    try {
      await this.#server.deleteWorkspace({ path: { name: this.name } });
    } catch (error) {
      if (!(error instanceof ControlError && error.status === NOT_FOUND)) throw error;
    }
  }

  #signInTarget() {
    const resets = (): number => this.#resets;
    return {
      platformUrl: this.platformUrl,
      password: this.#password,
      readNow: () => this.clock.now(),
      get resets() {
        return resets();
      },
    };
  }
}

/** The clock of a workspace. Each move returns the new time, and the jobs that ran on the way. */
export class Clock {
  constructor(private readonly control: WorkspaceControl) {}

  /** The time on the clock. */
  async now(): Promise<Date> {
    return new Date((await this.control.getClock()).now);
  }

  /** Advance the clock, such as by `{ days: 1 }` or `"1d"`. */
  async advance(duration: Duration): Promise<ControlResult<"advanceClock">> {
    return this.control.advanceClock({ body: parseDuration(duration) });
  }

  /** Advance the clock to the next due job. */
  next(): Promise<ControlResult<"advanceToNextJob">> {
    return this.control.advanceToNextJob();
  }

  /** Advance the clock until only attribution runs and expiries are pending, at most by a duration (one day). */
  async untilIdle(duration: Duration = {}): Promise<ControlResult<"runUntilIdle">> {
    return this.control.runUntilIdle({ body: parseDuration(duration) });
  }

  /** Advance the clock to a later time. */
  async set(time: Time): Promise<Date> {
    return new Date((await this.control.setClock({ body: { now: formatTime(time) } })).now);
  }

  /** Stop the clock: only moves change it. */
  async freeze(): Promise<Date> {
    return new Date((await this.control.setClock({ body: { mode: "frozen" } })).now);
  }

  /** Let the clock run, with `speed` of its seconds for each second of real time. */
  async run(speed = 1): Promise<Date> {
    return new Date((await this.control.setClock({ body: { mode: "running", speed } })).now);
  }
}

/** Return a duration as the control API takes it. */
function parseDuration(duration: Duration): Exclude<Duration, string> {
  if (typeof duration !== "string") return duration;
  const [isDuration, ...numbers] = DURATION.exec(duration) ?? [];
  if (!isDuration) throw new TypeError(`not a duration such as 14d, 90s or 1h30m: ${JSON.stringify(duration)}`);
  const [weeks = 0, days = 0, hours = 0, minutes = 0, seconds = 0] = numbers.map((number) => Number(number ?? 0));
  return { days: weeks * DAYS_OF_WEEK + days, hours, minutes, seconds };
}

/** Return a time as the control API takes it. */
export function formatTime(time: Time): string {
  return typeof time === "string" ? time : time.toISOString();
}
