import type { ControlResult } from "./control.js";
import { listMessages, WavetankError } from "./errors.js";
import type { WorkspaceControl } from "./generated/control-operations.js";
import type { components, operations } from "./generated/control.js";
import type { PlatformOperationId } from "./platform-operations.js";

type Schemas = components["schemas"];

const FIRST_ERROR = 400;

/** A request that is expected: the id of an operation, which is expected at least once, or what the journal offers. */
export type Expectation =
  | PlatformOperationId
  | (Omit<Schemas["CallExpectation"], "operation"> & { operation: PlatformOperationId });

/** The requests of a workspace were not as expected. */
export class ExpectationsNotMetError extends WavetankError {
  override name = "ExpectationsNotMetError";

  constructor(
    /** The response of the server. */
    readonly result: Schemas["Verification"],
  ) {
    super(result.expectations.map(formatExpectation).join("\n"));
  }
}

/** The requests that a workspace has received. */
export class Journal {
  constructor(private readonly control: WorkspaceControl) {}

  /** The latest requests and responses that match, the oldest first. */
  list(query: operations["readJournal"]["parameters"]["query"] = {}): Promise<ControlResult<"readJournal">> {
    return this.control.readJournal({ query });
  }

  /**
   * Require the expected requests, such as `["signIn", { operation: "getEvaluation", count: 2 }]`, with `inOrder` in this
   * order. Rejects with `ExpectationsNotMetError`, which names the most similar requests.
   */
  async verify(
    expected: readonly Expectation[],
    options: { inOrder?: boolean } = {},
  ): Promise<Schemas["Verification"]> {
    const expectations = expected.map((each) => (typeof each === "string" ? { operation: each } : each));
    const result = await this.control.verifyJournal({ body: { expectations, in_order: options.inOrder ?? false } });
    if (!result.verified) throw new ExpectationsNotMetError(result);
    return result;
  }

  /** Forget the requests so far. */
  clear(): Promise<void> {
    return this.control.clearJournal();
  }

  /** The latest requests as text, a line for each, and below it why it was refused. */
  async format(limit = 50): Promise<string> {
    const entries = await this.list({ limit });
    return entries.flatMap((entry) => [formatEntry(entry), ...formatReasons(entry)]).join("\n");
  }
}

function formatEntry(entry: Schemas["JournalEntry"]): string {
  const query = entry.query.length > 0 ? `?${new URLSearchParams(entry.query as [string, string][])}` : "";
  const fault = entry.fault === null ? "" : ` fault=${entry.fault}`;
  const target = `${entry.method} ${entry.path}${query}`;
  return `${entry.number} ${entry.at} ${entry.response.status ?? "closed"} ${target} ${entry.operation ?? "?"}${fault}`;
}

/** What the body of an error says. */
function formatReasons({ response }: Schemas["JournalEntry"]): string[] {
  const error = (response.status ?? 0) >= FIRST_ERROR ? response.body?.json : undefined;
  return typeof error === "object" && error !== null ? listMessages(error).map((text) => `    ${text}`) : [];
}

function formatExpectation(result: Schemas["ExpectationResult"]): string {
  const { verified, operation, expected, matched, near_misses: nearMisses } = result;
  const line = `${verified ? "ok" : "not met"}: ${operation}, ${expected}; found ${matched.length}`;
  return [line, ...nearMisses.map(formatNearMiss)].join("\n");
}

function formatNearMiss({ number, differences }: Schemas["NearMiss"]): string {
  const show = (value: unknown) => JSON.stringify(value);
  const parts = differences.map(({ field, expected, actual }) => `${field} is ${show(actual)}, not ${show(expected)}`);
  return `  request ${number}: ${parts.join("; ")}`;
}
