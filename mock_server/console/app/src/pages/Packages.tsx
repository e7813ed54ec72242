/** The partner's packages: status, settings held, the age of the result; create, merge and regenerate. */

import type { JSX } from "preact";
import { useDefaults, usePackages } from "../data/partner";
import { platform } from "../data/platform";
import { session } from "../data/session";
import { plural } from "../format";
import type { PageProps } from "../pages";
import { AsCurl, Button, Card, PageHead } from "../parts/basic";
import { settingsText } from "../parts/explain/Evaluation";
import { Load } from "../parts/Load";
import { href, parameter, setParameters } from "../router";
import { CreatePackage } from "./packages/Create";
import { PackageList } from "./packages/List";

/** The page. */
export function PackagesPage(_props: PageProps): JSX.Element {
  const packages = usePackages();
  const defaults = useDefaults();
  const creating = parameter("new") !== null;
  const start = defaults.value;
  return (
    <>
      <PageHead
        title="Packages"
        sub={
          start ? (
            <>
              New packages start with <a href={href(["partner"])}>the defaults</a>:{" "}
              {settingsText({ ...start, email_sent_date: null })}.
            </>
          ) : null
        }
        actions={
          session.value ? (
            <Button primary disabled={creating} onClick={() => setParameters({ new: "1" })}>
              New package
            </Button>
          ) : null
        }
      />
      <div class="stack">
        {creating ? <CreatePackage packages={packages} /> : null}
        <Card
          name="packages"
          title={packages.value ? plural(packages.value.length, "package") : "Packages"}
          aside={<AsCurl request={() => platform.describe("get", "/package_builder/packages/")} what="the packages" />}
        >
          <Load of={packages} lines={6}>
            {(all) => <PackageList all={all} packages={packages} defaults={defaults.value} />}
          </Load>
        </Card>
      </div>
    </>
  );
}
