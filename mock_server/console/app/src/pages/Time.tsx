/** The workspace's time: what happened, what is due, and the buttons that move the clock. */

import type { JSX } from "preact";
import type { PageProps } from "../pages";
import { Card, Empty, PageHead } from "../parts/basic";

/** The page. */
export function TimePage(_props: PageProps): JSX.Element {
  return (
    <>
      <PageHead title="Time" />
      <Card title="Time">
        <Empty>This page has no content yet.</Empty>
      </Card>
    </>
  );
}
