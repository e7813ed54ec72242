import type { operations } from "./generated/platform.js";

/** The id of an operation of the platform's API. */
export type PlatformOperationId = keyof operations;
