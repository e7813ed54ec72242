/** The partner's defaults, and which packages hold which settings. */

import type { JSX } from "preact";
import type { PageProps } from "../pages";
import { Card, Empty, PageHead } from "../parts/basic";

/** The page. */
export function PartnerPage(_props: PageProps): JSX.Element {
  return (
    <>
      <PageHead title="Partner" />
      <Card title="Partner">
        <Empty>This page has no content yet.</Empty>
      </Card>
    </>
  );
}
