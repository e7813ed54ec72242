export type { Api, ApiOptions } from "./api.js";
export type { ControlOperation, ControlOperationId, ControlOptions, ControlResult } from "./control.js";
export { ControlError, ServerUnavailableError, SignInError, WavetankError } from "./errors.js";
export { CONTROL_OPERATIONS, type ServerControl, type WorkspaceControl } from "./generated/control-operations.js";
export type { components as ControlComponents, paths as ControlPaths } from "./generated/control.js";
export type { components as PlatformComponents, paths as PlatformPaths } from "./generated/platform.js";
export type { ServerOptions, ServerStart } from "./server.js";
export { sharedWavetank, startWavetank, Wavetank, withWorkspace, type WavetankOptions } from "./wavetank.js";
export { Workspace, type Clock, type Faults, type Journal, type Time, type WorkspaceOptions } from "./workspace.js";
