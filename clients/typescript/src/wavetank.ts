import process from "node:process";
import { createServerControl } from "./control.js";
import { WavetankError } from "./errors.js";
import type { ServerControl } from "./generated/control-operations.js";
import { ServerProcess, type ServerOptions, type ServerStart } from "./server.js";
import { formatTime, Workspace, type WorkspaceOptions } from "./workspace.js";

/** How a server is found or started. */
export interface WavetankOptions extends ServerOptions {
  /** The address of a running server. The default is the environment variable `WAVETANK_URL`; without it, one is started. */
  url?: string;
  /** The control token of a running server. The default is the environment variable `WAVETANK_CONTROL_TOKEN`. */
  controlToken?: string;
  /**
   * The password of the sample users, if it was set. The default for a running server is the environment variable
   * `WAVETANK_PASSWORD`.
   */
  password?: string;
}

const DEFAULT_PASSWORD = "wavetank";

/** A running server. */
export class Wavetank {
  /** All operations of the server's control API, by their `operationId`. */
  readonly control: ServerControl;
  /** The workspace that every server has. Several test files share it. */
  readonly default: Workspace;

  readonly #controlToken: string | undefined;
  readonly #password: string;

  constructor(
    /** The address of the server. */
    readonly url: string,
    secrets: { controlToken?: string | undefined; password?: string | undefined } = {},
    private readonly server: ServerProcess | undefined = undefined,
    /** What the server printed when it started, if it was started here. */
    readonly start: ServerStart | undefined = undefined,
  ) {
    this.#controlToken = secrets.controlToken;
    this.#password = secrets.password ?? DEFAULT_PASSWORD;
    this.control = createServerControl({ baseUrl: `${url}/_mock`, controlToken: this.#controlToken });
    this.default = this.workspace("default");
  }

  /** Return a workspace that exists. */
  workspace(name: string): Workspace {
    return new Workspace({ name, url: this.url, controlToken: this.#controlToken, password: this.#password });
  }

  /** Create a workspace, with a frozen clock unless the options say otherwise. */
  async createWorkspace(options: WorkspaceOptions = {}): Promise<Workspace> {
    const { now, ...others } = options;
    const time = now === undefined ? {} : { now: formatTime(now) };
    const { name } = await this.control.createWorkspace({ body: { mode: "frozen", ...others, ...time } });
    return this.workspace(name);
  }

  /** Create a workspace, do some work in it, and delete it. If the work fails, the journal is written to the console. */
  async withWorkspace<Result>(
    work: (workspace: Workspace) => Result | Promise<Result>,
    options: WorkspaceOptions = {},
  ): Promise<Result> {
    const workspace = await this.createWorkspace(options);
    try {
      return await work(workspace);
    } catch (error) {
      await printJournal(workspace);
      throw error;
    } finally {
      await workspace.delete();
    }
  }

  /** What the server has logged lately, if it was started here. */
  get log(): string {
    return this.server?.log ?? "";
  }

  /** Stop the server, if it was started here. */
  async stop(): Promise<void> {
    await this.server?.stop();
  }
}

/** Use the server at `WAVETANK_URL`, or start one on a free port. Rejects with `ServerUnavailableError`. */
export async function startWavetank(options: WavetankOptions = {}): Promise<Wavetank> {
  const { controlToken, password } = options;
  const url = options.url ?? readVariable("WAVETANK_URL");
  if (url === undefined) {
    const [server, start] = await ServerProcess.start(options);
    return new Wavetank(start.url, { controlToken, password }, server, start);
  }
  const wavetank = new Wavetank(findOrigin(url), {
    controlToken: controlToken ?? readVariable("WAVETANK_CONTROL_TOKEN"),
    password: password ?? readVariable("WAVETANK_PASSWORD"),
  });
  await wavetank.control.getClock();
  return wavetank;
}

/** Return the value of an environment variable. An empty one counts as not set. */
function readVariable(name: string): string | undefined {
  return process.env[name] || undefined;
}

const SHARED = Symbol.for("wavetank.shared");
type Shared = { [SHARED]?: Promise<Wavetank> };

/** The server that all tests of this process share. It is found or started at the first call, and ends with the process. */
export function sharedWavetank(): Promise<Wavetank> {
  const shared = globalThis as Shared;
  shared[SHARED] ??= startWavetank();
  return shared[SHARED];
}

/** Create a workspace on the shared server, do some work in it, and delete it. See `Wavetank.withWorkspace`. */
export async function withWorkspace<Result>(
  work: (workspace: Workspace) => Result | Promise<Result>,
  options: WorkspaceOptions = {},
): Promise<Result> {
  return (await sharedWavetank()).withWorkspace(work, options);
}

/** Write the latest requests of a workspace to the console. */
export async function printJournal(workspace: Workspace): Promise<void> {
  try {
    console.error(`The requests in the workspace ${workspace.name}:\n${(await workspace.journal.format()) || "none"}`);
  } catch (error) {
    if (!(error instanceof WavetankError)) throw error;
  }
}

/** Return the address of the server, from any address of it or of a workspace. */
export function findOrigin(address: string): string {
  return address.replace(/\/+$/, "").replace(/\/(api\/v3|_mock)$/, "").replace(/\/w\/[^/]*$/, "");
}
