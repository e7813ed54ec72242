/** Checkpoints and snapshots of the workspace. */

import type { JSX } from "preact";
import type { PageProps } from "../pages";
import { Card, Empty, PageHead } from "../parts/basic";

/** The page. */
export function SnapshotsPage(_props: PageProps): JSX.Element {
  return (
    <>
      <PageHead title="Snapshots" />
      <Card title="Snapshots">
        <Empty>This page has no content yet.</Empty>
      </Card>
    </>
  );
}
