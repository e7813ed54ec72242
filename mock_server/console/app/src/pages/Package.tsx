/** A package: its results, its settings, and the window in which purchases count. */

import type { JSX } from "preact";
import type { PageProps } from "../pages";
import { Card, Empty, PageHead } from "../parts/basic";

/** The page. */
export function PackagePage(_props: PageProps): JSX.Element {
  return (
    <>
      <PageHead title="Package" />
      <Card title="Package">
        <Empty>This page has no content yet.</Empty>
      </Card>
    </>
  );
}
