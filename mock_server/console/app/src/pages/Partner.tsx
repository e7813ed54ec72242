/** The partner: its record and permissions, the defaults of packages and who holds them, its sales. */

import type { JSX } from "preact";
import { partnerId, usePartner } from "../data/partner";
import { platform } from "../data/platform";
import { useResource } from "../data/resource";
import { session } from "../data/session";
import type { Platform } from "../data/types";
import type { PageProps } from "../pages";
import { AsCurl, Card, Chip, PageHead } from "../parts/basic";
import { Load, SignInFirst } from "../parts/Load";
import { Defaults } from "./partner/Defaults";
import { DefaultModel } from "./partner/DefaultModel";
import { Holders } from "./partner/Holders";
import { SalesIn } from "./partner/SalesIn";
import { SalesSheet } from "./partner/SalesSheet";

/** The page. */
export function PartnerPage(_props: PageProps): JSX.Element {
  if (!session.value) {
    return (
      <>
        <PageHead title="Partner" />
        <Card title="Partner">
          <SignInFirst />
        </Card>
      </>
    );
  }
  return <SignedIn />;
}

function SignedIn(): JSX.Element {
  const partner = usePartner();
  const found = partner.value;
  return (
    <>
      <PageHead
        title={found?.name ?? "Partner"}
        chip={found ? <Chip tone={found.status === "active" ? "ok" : "plain"}>{found.status}</Chip> : null}
        sub={
          <>
            <span class="id">{partnerId()}</span>
            {found ? ` · ${found.domain} · ${found.currency}` : null}
          </>
        }
      />
      <div class="grid">
        <Defaults />
        <Holders />
        <DefaultModel partner={partner} />
        <Permissions />
        <Card title="Record" span={4} aside={<AsCurl request={() => platform.describe("get", "/partners/")} what="the record" />}>
          <Load of={partner}>{(value) => <Record partner={value} />}</Load>
        </Card>
        <SalesIn />
        <SalesSheet />
      </div>
    </>
  );
}

function Record(props: { partner: Platform["Partner"] }): JSX.Element {
  const { name: _name, status: _status, attribution_model_default: _model, ...others } = props.partner;
  return (
    <dl class="facts two">
      {Object.entries(others).map(([name, value]) => (
        <div key={name}>
          <dt>{name.replaceAll("_", " ")}</dt>
          <dd>{shown(value)}</dd>
        </div>
      ))}
    </dl>
  );
}

function shown(value: unknown): string {
  if (typeof value === "boolean") return value ? "yes" : "no";
  return value === null || value === "" ? "none" : String(value);
}

function Permissions(): JSX.Element {
  const permissions = useResource("permissions", {
    load: (abort) => platform.get("/permissions", {}, abort),
    request: () => platform.describe("get", "/permissions"),
  });
  return (
    <Card title="Permissions" span={4} aside={<AsCurl request={() => platform.describe("get", "/permissions")} what="the permissions" />}>
      <Load of={permissions}>{(value) => <Permitted value={value} />}</Load>
    </Card>
  );
}

/** The permissions by subject: `events:read` and `events:write` become one line. */
function Permitted(props: { value: Platform["Permissions"] }): JSX.Element {
  const { value } = props;
  const bySubject = new Map<string, string[]>();
  for (const permission of value.permissions) {
    const [subject = permission, right = ""] = permission.split(":", 2);
    bySubject.set(subject, [...(bySubject.get(subject) ?? []), right]);
  }
  return (
    <dl class="facts two">
      {[...bySubject].map(([subject, rights]) => (
        <div key={subject}>
          <dt>{subject.replaceAll("_", " ")}</dt>
          <dd>{rights.join(", ")}</dd>
        </div>
      ))}
      {Object.entries(value.Permissions ?? {}).map(([name, given]) => (
        <div key={name}>
          <dt>feature {name}</dt>
          <dd>{given ? "yes" : "no"}</dd>
        </div>
      ))}
      <div>
        <dt>groups</dt>
        <dd>{value.groups.join(", ") || "none"}</dd>
      </div>
    </dl>
  );
}
