import type { ControlResult } from "./control.js";
import type { WorkspaceControl } from "./generated/control-operations.js";
import type { components } from "./generated/control.js";
import type { PlatformOperationId } from "./platform-operations.js";

type Schemas = components["schemas"];

const MATCH_MEMBERS = ["operation", "method", "path", "partner", "nth", "fraction"];
const RULE_MEMBERS = ["id", "times", "until"];

/** A fault rule: what it matches, exactly one effect, and when it ends. */
export type FaultOptions = Omit<Schemas["FaultMatch"], "operation"> & { operation?: PlatformOperationId | null } &
  Schemas["FaultEffect"] & Omit<Schemas["FaultRuleRequest"], "match" | "effect">;

/** The fault rules of a workspace. */
export class Faults {
  constructor(private readonly control: WorkspaceControl) {}

  /** Add a rule after the others, such as `{ operation: "getEvaluation", nth: 2, status: 503 }`. */
  add(options: FaultOptions): Promise<ControlResult<"addFault">> {
    const given = Object.entries(options);
    const select = (isSelected: (name: string) => boolean) => Object.fromEntries(given.filter(([name]) => isSelected(name)));
    const match = select((name) => MATCH_MEMBERS.includes(name));
    const effect = select((name) => !MATCH_MEMBERS.includes(name) && !RULE_MEMBERS.includes(name));
    const rule = { ...select((name) => RULE_MEMBERS.includes(name)), match, effect };
    return this.control.addFault({ body: rule });
  }

  /** The rules, with how many requests or jobs each has matched. */
  async list(): Promise<ControlResult<"getFaults">["rules"]> {
    return (await this.control.getFaults()).rules;
  }

  /** Remove one rule; the others keep their counters. */
  remove(id: string): Promise<void> {
    return this.control.removeFault({ path: { rule_id: id } });
  }

  /** Remove all rules. */
  clear(): Promise<void> {
    return this.control.removeFaults();
  }
}
