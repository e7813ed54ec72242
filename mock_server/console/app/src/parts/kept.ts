/** The states that the server kept before something was lost: list them, and go back to one. */

import { control } from "../data/control";
import { useResource, type Resource } from "../data/resource";
import { goBackTo, type Kept } from "../data/undo";
import { instant } from "../format";
import { confirm } from "./Dialog";

/** The kept states, newest first. */
export function useKept(): Resource<Kept[]> {
  return useResource("kept", {
    load: (abort) => control.get("/points/named", {}, abort),
    request: () => control.describe("get", "/points/named"),
    on: ["workspaces", "clock"],
  });
}

/** Asks, and goes back to a kept state. */
export function askToGoBackTo(kept: Kept): void {
  confirm({
    title: `Go back to ${kept.name}?`,
    lost: `The workspace's present state is replaced by the one of ${instant(kept.at)} UTC, and the checkpoints from before moves of the clock are dropped.`,
    action: "Go back",
    run: () => goBackTo(kept),
    request: () => control.describe("post", "/points/named/{checkpoint_id}/restore", { path: { checkpoint_id: String(kept.id) } }),
    done: "The workspace is as it was before.",
  });
}
