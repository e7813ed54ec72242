/** What runs here, how to call it, and what happened last. */

import type { JSX } from "preact";
import type { PageProps } from "../pages";
import { Card, Empty, PageHead } from "../parts/basic";

/** The page. */
export function OverviewPage(_props: PageProps): JSX.Element {
  return (
    <>
      <PageHead title="Overview" />
      <Card title="Overview">
        <Empty>This page has no content yet.</Empty>
      </Card>
    </>
  );
}
