/** The requests of clients, live, and the detail of one. */

import type { JSX } from "preact";
import type { PageProps } from "../pages";
import { Card, Empty, PageHead } from "../parts/basic";

/** The page. */
export function TrafficPage(_props: PageProps): JSX.Element {
  return (
    <>
      <PageHead title="Traffic" />
      <Card title="Traffic">
        <Empty>This page has no content yet.</Empty>
      </Card>
    </>
  );
}
