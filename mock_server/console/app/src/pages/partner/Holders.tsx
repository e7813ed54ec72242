/** The packages, gathered by the settings that they hold. */

import type { JSX } from "preact";
import { limited } from "../../data/limited";
import { useDefaults, usePackages } from "../../data/partner";
import { platform } from "../../data/platform";
import { useResource } from "../../data/resource";
import type { Platform } from "../../data/types";
import { count, plural } from "../../format";
import { Card, Chip, Empty } from "../../parts/basic";
import { Load } from "../../parts/Load";
import { differences, PackageStatusChip } from "../../parts/packages";
import { Table } from "../../parts/Table";
import { href } from "../../router";

type Package = Platform["Package"];

/** Packages whose settings are read, the newest ones. */
const MAX_READ = 100;
const PATH = "/package_builder/packages/{package_id}/backhaul_evaluation_details";

/** The card. */
export function Holders(): JSX.Element {
  const packages = usePackages();
  return (
    <Card title="Packages by settings" span={8} aside={<a href={href(["packages"], { new: 1 })}>New package</a>}>
      <Load of={packages}>
        {(all) => (all.length ? <Groups all={all} /> : <Empty>This partner has no packages. New ones will hold the defaults.</Empty>)}
      </Load>
    </Card>
  );
}

interface Group {
  key: string;
  settings: Platform["EvaluationSettings"];
  packages: Package[];
}

function Groups(props: { all: Package[] }): JSX.Element {
  const { all } = props;
  const defaults = useDefaults().value;
  const read = all.slice(0, MAX_READ);
  const ids = read.map((each) => each.id);
  const held = useResource(`holders/${ids.join(",")}`, {
    load: (abort) =>
      Promise.all(ids.map((id) => limited(() => platform.get(PATH, { path: { package_id: id } }, abort)))),
    on: ["writes"],
  });
  return (
    <>
      <Load of={held}>
        {(settings) => (
          <Table
            label="Packages by their settings"
            rows={gather(read, settings)}
            rowKey={(group) => group.key}
            columns={[
              { key: "model", title: "Model", cell: (group) => <span class="line">{group.settings.backhaul_evaluation_model}</span> },
              { key: "window", title: "Window", number: true, cell: (group) => plural(group.settings.backhaul_evaluation_attribution_window, "day") },
              { key: "defaults", title: "Against defaults", cell: (group) => <Compared group={group} defaults={defaults} /> },
              { key: "packages", title: "Held by", cell: (group) => <Holding packages={group.packages} /> },
            ]}
          />
        )}
      </Load>
      {all.length > MAX_READ ? <p class="hint">The newest {count(MAX_READ)} of {count(all.length)} packages.</p> : null}
    </>
  );
}

function gather(packages: Package[], settings: Platform["EvaluationSettings"][]): Group[] {
  const groups = new Map<string, Group>();
  packages.forEach((each, index) => {
    const own = settings[index];
    if (!own) return;
    const key = `${own.backhaul_evaluation_model}/${own.backhaul_evaluation_attribution_window}`;
    const group = groups.get(key) ?? { key, settings: own, packages: [] };
    group.packages.push(each);
    groups.set(key, group);
  });
  return [...groups.values()].sort((one, other) => other.packages.length - one.packages.length);
}

function Compared(props: { group: Group; defaults: Platform["BackhaulDefaults"] | undefined }): JSX.Element | null {
  if (!props.defaults) return null;
  const names = differences(props.group.settings, props.defaults);
  return names.length ? <Chip tone="warn">other {names.join(" and ")}</Chip> : <span class="dim">same</span>;
}

function Holding(props: { packages: Package[] }): JSX.Element {
  return (
    <ul class="holding">
      {props.packages.map((each) => (
        <li key={each.id}>
          <a href={href(["packages", each.id])}>{each.title}</a> {each.status === "DONE" ? null : <PackageStatusChip status={each.status} />}
        </li>
      ))}
    </ul>
  );
}
