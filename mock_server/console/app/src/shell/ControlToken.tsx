/** Beyond loopback, the control API needs the server's token: the page asks for it once, and keeps it for the tab. */

import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { controlTokenAsked, giveControlToken } from "../data/control";
import { Dialog } from "../parts/Dialog";
import { Form, TextField } from "../parts/Form";

/** The question, while it is open. */
export function ControlTokenDialog(): JSX.Element | null {
  return controlTokenAsked.value ? <Ask /> : null;
}

function Ask(): JSX.Element {
  const [text, setText] = useState("");
  return (
    <Dialog title="Control token" onClose={() => giveControlToken(null)}>
      <p>This server asks for its control token before it shows or changes the mock's machinery.</p>
      <Form label="Control token" submit="Use this token" disabled={!text} onSubmit={() => giveControlToken(text)}>
        <TextField
          label="Token"
          type="password"
          value={text}
          onInput={setText}
          hint="The value of --control-token. It is kept until this tab is closed."
        />
      </Form>
    </Dialog>
  );
}
