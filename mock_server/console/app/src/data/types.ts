/** The schemas of both documents under their own names. */

import type { components as ControlComponents, paths as ControlPaths } from "../types/control";
import type { components as PlatformComponents, paths as PlatformPaths } from "../types/platform";

export type { ControlPaths, PlatformPaths };

/** The schemas of the platform's document: `Platform["Package"]`. */
export type Platform = PlatformComponents["schemas"];

/** The schemas of the control API's document: `Control["Job"]`. */
export type Control = ControlComponents["schemas"];
