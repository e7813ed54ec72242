/** Shows a resource: its value, or that it is loaded, or why it cannot be. */

import type { ComponentChildren, JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { ApiError } from "../data/http";
import type { Resource } from "../data/resource";
import { signInOpen } from "../data/session";
import { Button, Empty, ErrorState, Loading } from "./basic";

const LOADING_MS = 150;

/** `<Load of={packages}>{(value) => …}</Load>`; a value stays on the page while it is loaded again. */
export function Load<T>(props: {
  of: Resource<T>;
  lines?: number;
  children: (value: T) => ComponentChildren;
}): JSX.Element {
  const { value, error } = props.of.state.value;
  if (value !== undefined) {
    return (
      <>
        {error ? <ErrorState error={error} retry={() => props.of.refresh()} /> : null}
        {props.children(value)}
      </>
    );
  }
  if (error instanceof ApiError && error.status === 401) return <SignInFirst />;
  if (error) return <ErrorState error={error} retry={() => props.of.refresh()} />;
  return <Late lines={props.lines ?? 3} />;
}

function Late(props: { lines: number }): JSX.Element | null {
  const [late, setLate] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLate(true), LOADING_MS);
    return () => clearTimeout(timer);
  }, []);
  return late ? <Loading lines={props.lines} /> : null;
}

/** What a page of the platform shows before anybody signed in. */
export function SignInFirst(): JSX.Element {
  const open = (): void => {
    signInOpen.value = true;
  };
  return (
    <Empty
      action={
        <Button primary onClick={open}>
          Sign in
        </Button>
      }
    >
      These data belong to a partner. Sign in as one of its users.
    </Empty>
  );
}
