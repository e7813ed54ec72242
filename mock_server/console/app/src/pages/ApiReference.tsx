/** Both OpenAPI documents. */

import type { JSX } from "preact";
import type { PageProps } from "../pages";
import { Card, Empty, PageHead } from "../parts/basic";

/** The page. */
export function ApiReferencePage(_props: PageProps): JSX.Element {
  return (
    <>
      <PageHead title="API reference" />
      <Card title="API reference">
        <Empty>This page has no content yet.</Empty>
      </Card>
    </>
  );
}
