/** The events of the partner, with the documented filters. */

import type { JSX } from "preact";
import type { PageProps } from "../pages";
import { Card, Empty, PageHead } from "../parts/basic";

/** The page. */
export function EventsPage(_props: PageProps): JSX.Element {
  return (
    <>
      <PageHead title="Events" />
      <Card title="Events">
        <Empty>This page has no content yet.</Empty>
      </Card>
    </>
  );
}
