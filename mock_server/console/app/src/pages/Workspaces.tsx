/** The server's workspaces. */

import type { JSX } from "preact";
import type { PageProps } from "../pages";
import { Card, Empty, PageHead } from "../parts/basic";

/** The page. */
export function WorkspacesPage(_props: PageProps): JSX.Element {
  return (
    <>
      <PageHead title="Workspaces" />
      <Card title="Workspaces">
        <Empty>This page has no content yet.</Empty>
      </Card>
    </>
  );
}
