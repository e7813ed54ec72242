/** Fault rules, and what each one struck so far. */

import type { JSX } from "preact";
import type { PageProps } from "../pages";
import { Card, Empty, PageHead } from "../parts/basic";

/** The page. */
export function FaultsPage(_props: PageProps): JSX.Element {
  return (
    <>
      <PageHead title="Faults" />
      <Card title="Faults">
        <Empty>This page has no content yet.</Empty>
      </Card>
    </>
  );
}
