/** An event: its revenue by day, its attribution model and its adjustments. */

import type { JSX } from "preact";
import type { PageProps } from "../pages";
import { Card, Empty, PageHead } from "../parts/basic";

/** The page. */
export function EventPage(_props: PageProps): JSX.Element {
  return (
    <>
      <PageHead title="Event" />
      <Card title="Event">
        <Empty>This page has no content yet.</Empty>
      </Card>
    </>
  );
}
