/** What runs here, how to call it, and what happened last. Nothing of it needs a sign-in to the platform. */

import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { absolute, consoleAddress, controlBase, platformBase, workspace } from "../data/base";
import { control } from "../data/control";
import { jobs, now, status } from "../data/live";
import { ownQuery } from "../data/own";
import { useResource } from "../data/resource";
import { session } from "../data/session";
import type { Control } from "../data/types";
import { describeUser, users } from "../data/users";
import { instant, plural, relative, whenNear } from "../format";
import { AsCurl, Button, Card, Chip, Command, CopyButton, Empty, Instant, PageHead } from "../parts/basic";
import { JobName } from "../parts/jobs";
import { Load } from "../parts/Load";
import { OwnRequests } from "../parts/OwnRequests";
import { RequestName, StatusChip, userOf } from "../parts/requests";
import { Table } from "../parts/Table";
import { href } from "../router";
import { signInAs } from "../shell/SignIn";

const LAST_REQUESTS = 10;
const NEXT_JOBS = 3;

/** The page. */
export function OverviewPage(): JSX.Element {
  return (
    <>
      <PageHead title="Overview" sub="A mock of the ticket-attribution platform, and the machinery that the platform hides." />
      <div class="grid">
        <div class="stack c8">
          <UseIt />
          <LastRequests />
        </div>
        <div class="stack c4">
          <ThisServer />
          <NextJobs />
          <Documents />
        </div>
      </div>
    </>
  );
}

function UseIt(): JSX.Element {
  const address = absolute(platformBase);
  const user = session.value?.username ?? users.value?.[0]?.username ?? "USER";
  const known = users.value?.find((each) => each.username === user);
  const body = JSON.stringify({ username: user, password: known?.password ?? "PASSWORD" });
  const call = `curl -X POST ${address}/auth -H 'content-type: application/json' -d '${body}'`;
  return (
    <Card title="Use it">
      <dl class="facts two">
        <Address name="Platform" address={address} />
        <Address name="Control API" address={absolute(controlBase)} />
      </dl>
      <h3 class="gap-above">First call: sign in</h3>
      <Command text={call} what="the call that signs in" />
      <p class="hint">
        Where this console copies a request as curl, <code>$TOKEN</code> stands for the AccessToken of this call's response.
      </p>
      <h3 class="gap-above">Users</h3>
      <Users />
    </Card>
  );
}

function Address(props: { name: string; address: string }): JSX.Element {
  return (
    <div>
      <dt>{props.name}</dt>
      <dd class="split">
        <code>{props.address}</code>
        <CopyButton text={props.address} what={`the address of ${props.name}`} />
      </dd>
    </div>
  );
}

const MAX_USERS = 20;

function Users(): JSX.Element {
  useEffect(() => users.use(), []);
  return (
    <Load of={users}>
      {(value) => (
        <Table
          label="Users"
          rows={value.slice(0, MAX_USERS)}
          rowKey={(user) => user.username}
          columns={[
            { key: "name", title: "Name", cell: (user) => <span class="id">{user.username}</span> },
            { key: "note", title: "What it is for", cell: describeUser },
            { key: "do", title: "In this page", number: true, cell: (user) => <SignInButton name={user.username} /> },
          ]}
        />
      )}
    </Load>
  );
}

function SignInButton(props: { name: string }): JSX.Element {
  if (session.value?.username === props.name) return <Chip tone="ok">signed in</Chip>;
  return (
    <button type="button" class="link" onClick={() => void signInAs(props.name)}>
      Sign in<span class="unseen"> as {props.name}</span>
    </button>
  );
}

function ThisServer(): JSX.Element {
  const workspaces = useResource("overview/workspaces", {
    load: (abort) => control.get("/workspaces", {}, abort),
    on: ["workspaces"],
  });
  const server = useResource("overview/server", { load: (abort) => control.get("/server", {}, abort) });
  return (
    <Card title="This server" aside={<AsCurl request={() => control.describe("get", "/status")} what="status" />}>
      <Load of={status}>{(value) => <ServerFacts value={value} server={server.value} />}</Load>
      <h3 class="gap-above split">
        Workspaces <a href={href(["workspaces"])}>All workspaces</a>
      </h3>
      <Load of={workspaces} lines={1}>
        {(value) => (
          <p class="chips">
            {value.map(({ name }) => (
              <a key={name} class="chip" href={consoleAddress(name)} aria-current={name === workspace ? "true" : undefined}>
                {name}
              </a>
            ))}
          </p>
        )}
      </Load>
    </Card>
  );
}

const STATES: Record<Control["StateKind"], string> = {
  memory: "in memory, lost when the server stops",
  file: "in a file",
  database: "in a database",
};

function ServerFacts(props: { value: Control["WorkspaceStatus"]; server: Control["Server"] | undefined }): JSX.Element {
  const { value, server } = props;
  const facts: [string, string][] = [
    ["Version", value.version],
    ["State", server ? `${STATES[server.state]}${server.location ? `: ${server.location}` : ""}` : "…"],
    ["Workspace", value.workspace],
    ["Clock", `${instant(now.value ?? value.clock.now)} UTC, ${value.clock.mode}`],
    ["Since", `${instant(value.created_at)} UTC`],
    ["Seed", String(value.seed)],
    ["Documents", value.documentation],
    ["Quirks", value.quirks.join(", ") || "none"],
    ["Partners", value.partners.join(", ")],
  ];
  return (
    <dl class="facts two">
      {facts.map(([name, text]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{text}</dd>
        </div>
      ))}
    </dl>
  );
}

function NextJobs(): JSX.Element {
  const at = now.value;
  return (
    <Card title="Due next" aside={<a href={href(["time"])}>Time</a>}>
      <Load of={jobs}>
        {(value) => {
          const pending = value.filter((job) => job.state === "pending");
          if (!pending.length) return <Empty>No job is pending.</Empty>;
          return (
            <ol class="rows">
              {pending.slice(0, NEXT_JOBS).map((job, index) => (
                <li key={index}>
                  <span>
                    <JobName job={job} />
                  </span>
                  <span class="dim">
                    <Instant at={job.due}>{at === null ? job.due : whenNear(job.due, at)}</Instant>
                    {at === null ? null : `, ${relative(job.due, at)}`}
                  </span>
                </li>
              ))}
              {pending.length > NEXT_JOBS ? <li class="dim">and {plural(pending.length - NEXT_JOBS, "more job")}</li> : null}
            </ol>
          );
        }}
      </Load>
    </Card>
  );
}

function LastRequests(): JSX.Element {
  const own = ownQuery();
  const options = { query: { limit: LAST_REQUESTS, ...own } };
  const entries = useResource(`overview/requests/${own.console}`, {
    load: (abort) => control.get("/journal", options, abort),
    on: ["requests"],
  });
  return (
    <Card title="Last requests" aside={<a href={href(["traffic"])}>Traffic</a>}>
      <OwnRequests />
      <Load of={entries}>
        {(value) =>
          value.length ? (
            <Table
              label="Last requests"
              rows={[...value].reverse()}
              rowKey={(entry) => entry.number}
              rowClass={() => "fresh"}
              columns={[
                { key: "at", title: "Time (UTC)", cell: (entry) => <Instant at={entry.at}>{whenNear(entry.at, now.value ?? entry.at)}</Instant> },
                { key: "request", title: "Request", cell: (entry) => <RequestName entry={entry} /> },
                { key: "user", title: "User", cell: (entry) => <span class="dim">{userOf(entry)}</span> },
                { key: "status", title: "Status", number: true, cell: (entry) => <StatusChip status={entry.response?.status ?? null} /> },
              ]}
            />
          ) : (
            <Empty action={<Button onClick={() => signInAs(users.value?.[0]?.username ?? "")}>Sign in here</Button>}>
              No client has sent a request yet.
            </Empty>
          )
        }
      </Load>
    </Card>
  );
}

function Documents(): JSX.Element {
  const platform = absolute(platformBase.replace(/\/api\/v3$/, "/openapi.yaml"));
  return (
    <Card title="Documents" aside={<a href={href(["api"])}>API reference</a>}>
      <p class="links">
        <a href={href(["api"], { document: "platform" })}>The platform, with “try it”</a>
        <a href={href(["api"], { document: "control" })}>The control API, with “try it”</a>
        <a href={platform}>openapi.yaml of the platform</a>
        <a href={`${controlBase}/openapi.json`}>openapi.json of the control API</a>
      </p>
    </Card>
  );
}
