/** The base of all errors of this package. */
export class WavetankError extends Error {
  override name = "WavetankError";
}

/** The server could not be started, or does not answer. */
export class ServerUnavailableError extends WavetankError {
  override name = "ServerUnavailableError";
}

/** A user could not sign in. */
export class SignInError extends WavetankError {
  override name = "SignInError";
}

/** The server refused a control request. */
export class ControlError extends WavetankError {
  override name = "ControlError";

  constructor(
    request: string,
    /** The status of the response. */
    readonly status: number,
    /** The JSON of the response, or its text. */
    readonly body: unknown,
    /** The id of the request in the log of the server. */
    readonly requestId: string | null,
  ) {
    super(`${request} was answered with ${status}: ${describeError(body)}`);
  }
}

/** Return what an error body of the platform says, in one line. */
export function describeError(body: unknown): string {
  return typeof body === "object" && body !== null ? listMessages(body).join("; ") : String(body);
}

/** Return the message of an error body of the platform, and those of its validation errors. */
export function listMessages(body: object): string[] {
  const { message, validation_errors: problems } = body as { message?: unknown; validation_errors?: unknown };
  const details = Array.isArray(problems) ? problems.map((each: { message?: unknown }) => each.message) : [];
  return [message, ...details].filter((text) => text !== undefined && text !== null).map(String);
}
