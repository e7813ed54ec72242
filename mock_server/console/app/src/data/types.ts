/** The schemas of both documents under their own names, from the types that the npm package has. */

import type { components as ControlComponents, paths as ControlPaths } from "../../../../../clients/typescript/src/generated/control";
import type { components as PlatformComponents, paths as PlatformPaths } from "../../../../../clients/typescript/src/generated/platform";

export type { ControlPaths, PlatformPaths };

/** The schemas of the platform's document: `Platform["Package"]`. */
export type Platform = PlatformComponents["schemas"];

/** The schemas of the control API's document: `Control["Job"]`. */
export type Control = ControlComponents["schemas"];
