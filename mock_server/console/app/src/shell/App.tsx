/** The frame of every page: top bar, rail, the page itself, drawer, dialogs and messages. */

import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { follow } from "../data/live";
import { keepOpen } from "../data/stream";
import { PAGES } from "../pages";
import { Empty, PageHead } from "../parts/basic";
import { ConfirmDialog } from "../parts/Dialog";
import { ExplainDrawer } from "../parts/Explain";
import { Toasts } from "../parts/Toast";
import { parameter, route } from "../router";
import { ControlTokenDialog } from "./ControlToken";
import { KeyboardHelp, useKeyboard } from "./keyboard";
import { Rail } from "./Rail";
import { SignInDialog } from "./SignIn";
import { TopBar } from "./TopBar";

/** The console. */
export function App(): JSX.Element {
  useEffect(() => {
    const ends = [follow(), keepOpen()];
    return () => ends.forEach((end) => end());
  }, []);
  useKeyboard();
  return (
    <>
      <a class="skip" href="#main" onClick={toMain}>
        Skip to the page
      </a>
      <TopBar />
      <Rail />
      <Main />
      <ExplainDrawer />
      <SignInDialog />
      <ControlTokenDialog />
      <ConfirmDialog />
      <KeyboardHelp />
      <Toasts />
    </>
  );
}

function toMain(event: Event): void {
  event.preventDefault();
  document.getElementById("main")?.focus();
}

/** The page that the address names. */
function Main(): JSX.Element {
  const [first = "", ...rest] = route.value.path;
  const entry = PAGES.find((each) => each.path === first);
  const Page = rest.length && entry?.item ? entry.item : entry?.page;
  const address = route.value.path.slice(0, entry?.item ? 2 : 1).join("/");
  const element = useRef<HTMLElement>(null);
  const shown = useRef(address);
  useEffect(() => {
    if (shown.current === address) return;
    shown.current = address;
    if (parameter("panel") === null) scrollTo(0, 0);
    element.current?.querySelector("h1")?.focus({ preventScroll: true });
  }, [address]);
  return (
    <main id="main" tabIndex={-1} ref={element}>
      {Page ? <Page key={address} rest={rest} /> : <NoPage />}
    </main>
  );
}

function NoPage(): JSX.Element {
  return (
    <>
      <PageHead title="There is no such page" />
      <Empty action={<a href="#/overview">Overview</a>}>The address names no page of the console.</Empty>
    </>
  );
}
