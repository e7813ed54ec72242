import { spawn, type ChildProcess } from "node:child_process";
import type { Socket } from "node:net";
import process from "node:process";
import { ServerUnavailableError } from "./errors.js";

/** How a server is started. */
export interface ServerOptions {
  /**
   * The command that runs Wavetank, as words or as one string with spaces between them. The default is the environment
   * variable `WAVETANK_COMMAND`, or else `wavetank`.
   */
  command?: string | readonly string[];
  /** Further flags of `wavetank serve`, such as `["--world", "./my-world"]`. */
  args?: readonly string[];
  /** The folder in which the command runs. */
  cwd?: string;
  /** How many milliseconds the server may take to start; the default is 60,000. */
  startTimeout?: number;
  /** How many milliseconds the server may take to stop before it is killed; the default is 10,000. */
  stopTimeout?: number;
}

/** What `wavetank serve --json` prints when it listens. */
export interface ServerStart {
  version: string;
  url: string;
  platform_url: string;
  control_url: string;
  port: number;
  addresses: string[];
  users: string[];
  password: string | null;
  control_access: "open" | "token" | "closed";
  state: string;
  not_applied: string[];
  workers: number;
}

const SERVE = ["serve", "--port", "0", "--json", "--stop-with-stdin"];
const START_TIMEOUT = 60_000;
const STOP_TIMEOUT = 10_000;
const KILL_TIMEOUT = 10_000;
const LOG_LENGTH = 8_000;
const INSTALL_HINT =
  "activate the environment in which it is installed, or name a command that runs it in WAVETANK_COMMAND or in the " +
  "option command; see Install in docs/typescript.md";

/** A server in a child process. It stops when this process ends, however it ends. */
export class ServerProcess {
  #log = "";
  #ending: string | undefined;
  #stopping: Promise<void> | undefined;
  readonly #ended: Promise<string>;

  private constructor(
    private readonly child: ChildProcess,
    private readonly command: string,
    private readonly stopTimeout: number,
  ) {
    // The server reads its standard input until it ends, and writes nothing there that could fail it.
    child.stdin?.on("error", () => {});
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.#log = (this.#log + text).slice(-LOG_LENGTH);
    });
    this.#ended = new Promise((resolve) => {
      const end = (ending: string): void => {
        this.#ending ??= ending;
        resolve(this.#ending);
      };
      child.on("error", (error: NodeJS.ErrnoException) => {
        end(error.code === "ENOENT" ? `the command was not found; ${INSTALL_HINT}` : error.message);
      });
      child.on("close", (code, signal) => {
        end(`it ended with ${signal === null ? `exit code ${code}` : `the signal ${signal}`}`);
      });
    });
  }

  /** Start a server. Rejects with `ServerUnavailableError`. */
  static async start(options: ServerOptions): Promise<[ServerProcess, ServerStart]> {
    const [program = "", ...words] = parseCommand(options.command ?? process.env.WAVETANK_COMMAND ?? "wavetank");
    const args = [...words, ...SERVE, ...(options.args ?? [])];
    const child = spawn(program, args, { cwd: options.cwd, env: environment(), stdio: "pipe", windowsHide: true });
    const server = new ServerProcess(child, [program, ...args].join(" "), options.stopTimeout ?? STOP_TIMEOUT);
    try {
      const start = await server.#readStart(options.startTimeout ?? START_TIMEOUT);
      server.#unref();
      return [server, start];
    } catch (error) {
      await server.stop();
      throw error;
    }
  }

  /** What the server has logged lately. */
  get log(): string {
    return this.#log;
  }

  /** How the server has ended, `undefined` while it runs. */
  get ending(): string | undefined {
    return this.#ending;
  }

  /** Stop the server, and wait until it has ended. After the time for it, the server is killed. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async #stop(): Promise<void> {
    this.child.ref();
    this.child.stdin?.end();
    if ((await within(this.stopTimeout, this.#ended)) !== undefined) return;
    this.child.kill("SIGKILL");
    // A server behind a command such as uvx may keep the pipes open.
    for (const stream of [this.child.stdout, this.child.stderr]) stream?.destroy();
    await within(KILL_TIMEOUT, this.#ended);
  }

  async #readStart(timeout: number): Promise<ServerStart> {
    const ended = this.#ended.then((reason) => this.#fail(reason));
    const start = await within(timeout, Promise.race([this.#readLine(), ended]));
    return start ?? this.#fail(`it printed no address within ${timeout} ms`);
  }

  #readLine(): Promise<ServerStart> {
    return new Promise((resolve) => {
      let printed = "";
      this.child.stdout?.setEncoding("utf8").on("data", (text: string) => {
        printed = (printed + text).slice(-LOG_LENGTH);
        const line = /^\{.*\}(?=\r?\n)/m.exec(printed);
        if (line !== null) resolve(JSON.parse(line[0]) as ServerStart);
      });
    });
  }

  #fail(reason: string): never {
    const log = this.#log.trim();
    throw new ServerUnavailableError(`cannot start \`${this.command}\`: ${reason}${log && `\n${log}`}`);
  }

  /** Let this process end although the server runs. */
  #unref(): void {
    this.child.unref();
    for (const stream of [this.child.stdin, this.child.stdout, this.child.stderr]) (stream as Socket | null)?.unref();
  }
}

/** The variables of this process, without those that set flags of the server: `args` alone decides. */
function environment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("MOCK_SERVER_")));
}

/** Return the words of a command: those of a JSON array, or those between spaces. */
export function parseCommand(command: string | readonly string[]): readonly string[] {
  if (typeof command !== "string") return command;
  return command.trimStart().startsWith("[") ? (JSON.parse(command) as string[]) : command.trim().split(/\s+/);
}

async function within<Value>(milliseconds: number, awaited: Promise<Value>): Promise<Value | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), milliseconds);
  });
  return Promise.race([awaited, timeout]).finally(() => clearTimeout(timer));
}
