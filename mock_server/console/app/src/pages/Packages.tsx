/** The packages of the partner, and the settings that each one holds. */

import type { JSX } from "preact";
import type { PageProps } from "../pages";
import { Card, Empty, PageHead } from "../parts/basic";

/** The page. */
export function PackagesPage(_props: PageProps): JSX.Element {
  return (
    <>
      <PageHead title="Packages" />
      <Card title="Packages">
        <Empty>This page has no content yet.</Empty>
      </Card>
    </>
  );
}
