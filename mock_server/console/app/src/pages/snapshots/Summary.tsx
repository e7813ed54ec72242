/** What a snapshot contains, beside the workspace as it is now. */

import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { control } from "../../data/control";
import { bytes, download } from "../../data/download";
import { useResource } from "../../data/resource";
import { instant } from "../../format";
import { Button, Chip, Empty } from "../../parts/basic";
import { confirm } from "../../parts/Dialog";
import { Drawer } from "../../parts/Drawer";
import { SelectField } from "../../parts/Form";
import { Load } from "../../parts/Load";
import { go, href } from "../../router";
import { shelf, summarize, type Held, type Snapshot } from "./shelf";

type Resume = "snapshot" | "machine";

/** The drawer of a snapshot. */
export function SummaryDrawer({ id }: { id: string }): JSX.Element {
  const held = shelf.value.find((each) => String(each.id) === id);
  const close = (): void => go(href(["snapshots"]), true);
  return (
    <Drawer key={id} title={held ? `Snapshot ${held.id}` : "Snapshot"} onClose={close}>
      {held ? <Summary held={held} /> : <Empty>This tab no longer holds this snapshot. Read it from its file again.</Empty>}
    </Drawer>
  );
}

/** Saves a snapshot as a file. */
export const save = (held: Held): void => download(`snapshot-${held.at.replace(/[:Z]/g, "")}.json`, JSON.stringify(held.snapshot));

/** Asks, and restores a snapshot. */
export function restore(held: Held, resume: Resume = "snapshot"): void {
  confirm({
    title: `Restore snapshot ${held.id}?`,
    lost: `The workspace's present state is replaced by the one of ${instant(held.at)} UTC, and its checkpoints are dropped. Tokens stay valid.`,
    action: "Restore",
    run: () => control.put("/snapshot", { query: { resume_from: resume }, body: held.snapshot as never }),
    done: `Restored the state of ${instant(held.at)} UTC.`,
  });
}

function Summary({ held }: { held: Held }): JSX.Element {
  const [resume, setResume] = useState<Resume>("snapshot");
  const present = useResource("snapshots/present", {
    load: async (abort) => (await control.get("/snapshot", {}, abort)) as unknown as Snapshot,
    request: () => control.describe("get", "/snapshot"),
  });
  return (
    <>
      <p class="chips held">
        <Chip>{held.label}</Chip>
        <Chip>{bytes(held.size)}</Chip>
      </p>
      <SelectField
        label="After restoring, the clock continues"
        value={resume}
        options={[["snapshot", "at the snapshot's time"], ["machine", "at the present time of the server's machine"]]}
        onInput={(next) => setResume(next as Resume)}
      />
      <p class="actions detail-actions">
        <Button danger onClick={() => restore(held, resume)}>
          Restore
        </Button>
        <Button onClick={() => save(held)}>Download</Button>
      </p>
      <Load of={present} lines={8}>
        {(now) => <Compared left={summarize(held.snapshot)} right={new Map(summarize(now))} />}
      </Load>
    </>
  );
}

function Compared(props: { left: [string, string][]; right: Map<string, string> }): JSX.Element {
  return (
    <dl class="facts two summary">
      {props.left.map(([name, value]) => {
        const now = props.right.get(name);
        return (
          <div key={name}>
            <dt>{name}</dt>
            <dd>
              {value}
              {now === value || now === undefined ? null : (
                <small>
                  <Chip tone="warn">now</Chip> {now}
                </small>
              )}
            </dd>
          </div>
        );
      })}
    </dl>
  );
}
