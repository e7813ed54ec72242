/** Reports of the contract suite. */

import type { JSX } from "preact";
import type { PageProps } from "../pages";
import { Card, Empty, PageHead } from "../parts/basic";

/** The page. */
export function ConformancePage(_props: PageProps): JSX.Element {
  return (
    <>
      <PageHead title="Conformance" />
      <Card title="Conformance">
        <Empty>This page has no content yet.</Empty>
      </Card>
    </>
  );
}
