/** The pages: which path each one has, its entry in the rail, and its key after `g`. */

import type { ComponentType } from "preact";
import { ApiReferencePage } from "./pages/ApiReference";
import { ConformancePage } from "./pages/Conformance";
import { EventPage } from "./pages/Event";
import { EventsPage } from "./pages/Events";
import { FaultsPage } from "./pages/Faults";
import { GotchasPage } from "./pages/Gotchas";
import { OverviewPage } from "./pages/Overview";
import { PackagePage } from "./pages/Package";
import { PackagesPage } from "./pages/Packages";
import { PartnerPage } from "./pages/Partner";
import { SnapshotsPage } from "./pages/Snapshots";
import { TimePage } from "./pages/Time";
import { TrafficPage } from "./pages/Traffic";
import { WorkspacesPage } from "./pages/Workspaces";

/** What a page gets: the segments of the path after its own, such as the id of a package. */
export interface PageProps {
  rest: string[];
}

/** A page. `item` is shown in place of `page` if the path goes on after the page's own segment. */
export interface PageEntry {
  path: string;
  title: string;
  group: "" | "Platform" | "Machinery";
  key?: string;
  page: ComponentType<PageProps>;
  item?: ComponentType<PageProps>;
}

/** The pages in the order of the rail. */
export const PAGES: PageEntry[] = [
  { path: "overview", title: "Overview", group: "", key: "o", page: OverviewPage },
  { path: "events", title: "Events", group: "Platform", key: "e", page: EventsPage, item: EventPage },
  { path: "packages", title: "Packages", group: "Platform", key: "p", page: PackagesPage, item: PackagePage },
  { path: "partner", title: "Partner", group: "Platform", page: PartnerPage },
  { path: "api", title: "API reference", group: "Platform", page: ApiReferencePage },
  { path: "time", title: "Time", group: "Machinery", key: "t", page: TimePage },
  { path: "traffic", title: "Traffic", group: "Machinery", key: "r", page: TrafficPage },
  { path: "faults", title: "Faults", group: "Machinery", page: FaultsPage },
  { path: "gotchas", title: "Gotchas", group: "Machinery", page: GotchasPage },
  { path: "snapshots", title: "Snapshots", group: "Machinery", page: SnapshotsPage },
  { path: "workspaces", title: "Workspaces", group: "Machinery", page: WorkspacesPage },
  { path: "conformance", title: "Conformance", group: "Machinery", page: ConformancePage },
];
