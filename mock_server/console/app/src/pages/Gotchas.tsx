/** The platform's surprising behaviours, played step by step. */

import type { JSX } from "preact";
import type { PageProps } from "../pages";
import { Card, Empty, PageHead } from "../parts/basic";

/** The page. */
export function GotchasPage(_props: PageProps): JSX.Element {
  return (
    <>
      <PageHead title="Gotchas" />
      <Card title="Gotchas">
        <Empty>This page has no content yet.</Empty>
      </Card>
    </>
  );
}
