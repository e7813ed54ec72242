/** A document as swagger-ui draws it. */

import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { controlHeaders, sendToControl } from "../../data/control";
import { send, type ApiRequest } from "../../data/http";
import { markOwn } from "../../data/own";
import { useResource } from "../../data/resource";
import { Load } from "../../parts/Load";
import { consolePlugin, LAYOUT, mendFor } from "./accessible";
import { authorize, DOCUMENTS, loadSwagger, type DocumentName, type Swagger } from "./documents";

/** The document, once it and swagger-ui are loaded. */
export function Reference(props: { name: DocumentName }): JSX.Element {
  const { name } = props;
  const url = DOCUMENTS[name].file;
  const loaded = useResource(`reference/${name}`, {
    load: async (abort) => {
      const request: ApiRequest = { method: "GET", url, headers: { accept: "application/json" } };
      const read = name === "control" ? sendToControl({ ...request, headers: controlHeaders() }, abort) : send(markOwn(request), abort);
      const [swagger, { data }] = await Promise.all([loadSwagger(), read]);
      return { swagger, spec: data };
    },
  });
  return (
    <Load of={loaded} lines={10}>
      {(value) => <Drawn swagger={value.swagger} spec={value.spec} />}
    </Load>
  );
}

/** The place that swagger-ui draws into; the app leaves it alone. */
function Drawn(props: { swagger: Swagger; spec: unknown }): JSX.Element {
  const place = useRef<HTMLDivElement>(null);
  const drawn = useRef(props);
  useEffect(() => {
    const element = place.current;
    if (!element) return undefined;
    const { swagger, spec } = drawn.current;
    const end = mendFor(element);
    swagger({
      spec,
      domNode: element,
      deepLinking: false,
      docExpansion: "list",
      layout: LAYOUT,
      plugins: [consolePlugin],
      defaultModelsExpandDepth: -1,
      validatorUrl: null,
      persistAuthorization: false,
      requestInterceptor: authorize,
    });
    return end;
  }, []);
  return <div class="reference" ref={place} />;
}
