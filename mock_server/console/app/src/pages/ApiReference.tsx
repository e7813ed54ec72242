/** Both OpenAPI documents in swagger-ui, which is loaded on this page only. "Try it out" is signed in. */

import type { JSX } from "preact";
import type { PageProps } from "../pages";
import { session, signInOpen } from "../data/session";
import { Button, Card, Note, PageHead } from "../parts/basic";
import { Segmented } from "../parts/Form";
import { go, href } from "../router";
import { Reference } from "./api/Reference";
import { DOCUMENTS, type DocumentName } from "./api/documents";

/** The page; `#/api/control` is the control API's document. */
export function ApiReferencePage({ rest }: PageProps): JSX.Element {
  const name: DocumentName = rest[0] === "control" ? "control" : "platform";
  const { title, file } = DOCUMENTS[name];
  return (
    <>
      <PageHead
        title="API reference"
        sub={
          <>
            {title}: <a href={file}>{file.split("/").at(-1)}</a>
          </>
        }
        actions={
          <Segmented
            label="Document"
            value={name}
            options={[
              ["platform", "Platform"],
              ["control", "Control API"],
            ]}
            onInput={(next) => go(href(next === "platform" ? ["api"] : ["api", next]))}
          />
        }
      />
      {name === "platform" ? <SignedInAs /> : null}
      <Card title={title}>
        <Reference key={name} name={name} />
      </Card>
    </>
  );
}

function SignedInAs(): JSX.Element {
  const current = session.value;
  if (current) {
    return (
      <Note tone="plain" label="Signed in">
        Requests of "Try it out" carry the token of {current.username}
        {current.partner ? ` and are scoped to ${current.partner}` : ""}.
      </Note>
    );
  }
  const open = (): void => {
    signInOpen.value = true;
  };
  return (
    <Note tone="warn" label="Not signed in" action={<Button small onClick={open}>Sign in</Button>}>
      Requests of "Try it out" carry no token.
    </Note>
  );
}
