/** The documents, and swagger-ui, which draws them. */

import { assetBase, controlBase, platformBase } from "../../data/base";
import { controlHeaders } from "../../data/control";
import { buildPlatformRequest } from "../../data/platform";

export type DocumentName = "platform" | "control";

/** The title and the address of each document. */
export const DOCUMENTS: Record<DocumentName, { title: string; file: string }> = {
  platform: { title: "Platform API", file: platformBase.replace(/\/api\/v3$/, "/openapi.json") },
  control: { title: "Control API", file: `${controlBase}/openapi.json` },
};

/** A request of swagger-ui before it is sent. */
export interface SwaggerRequest {
  url: string;
  headers: Record<string, string>;
}

/** What swagger-ui is started with, as far as it is used here. */
interface SwaggerOptions {
  spec: unknown;
  domNode: HTMLElement;
  deepLinking: boolean;
  docExpansion: "list" | "none" | "full";
  layout: string;
  plugins: unknown[];
  defaultModelsExpandDepth: number;
  validatorUrl: null;
  persistAuthorization: boolean;
  requestInterceptor: (request: SwaggerRequest) => SwaggerRequest;
}

/** The global function of swagger-ui's bundle. */
export type Swagger = (options: SwaggerOptions) => unknown;

declare global {
  interface Window {
    SwaggerUIBundle?: Swagger;
  }
}

let loading: Promise<Swagger> | null = null;

/** Loads swagger-ui's script and style once. */
export function loadSwagger(): Promise<Swagger> {
  loading ??= Promise.all([addStyle("swagger-ui.css"), addScript("swagger-ui-bundle.js")])
    .then(() => {
      if (!window.SwaggerUIBundle) throw new Error("The script of swagger-ui cannot be read.");
      return window.SwaggerUIBundle;
    })
    .catch((error: unknown) => {
      loading = null;
      throw error;
    });
  return loading;
}

function add<K extends "link" | "script">(tag: K, name: string, attributes: Record<string, string>): Promise<void> {
  return new Promise((resolve, reject) => {
    const element = document.createElement(tag);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    element.onload = () => resolve();
    element.onerror = () => {
      element.remove();
      reject(new Error(`The file ${name} cannot be loaded.`));
    };
    document.head.append(element);
  });
}

const addStyle = (name: string): Promise<void> =>
  add("link", name, { rel: "stylesheet", href: `${assetBase}/swagger/${name}` });

const addScript = (name: string): Promise<void> => add("script", name, { src: `${assetBase}/swagger/${name}` });

/** Adds to a request what the console's own carry, the token above all, unless the user gave the header. */
export function authorize(request: SwaggerRequest): SwaggerRequest {
  const path = new URL(request.url, location.href).pathname;
  const own = path.startsWith(`${platformBase}/`) ? buildPlatformRequest("GET", path).headers : controlHeaders();
  const given = new Set(["accept", ...Object.keys(request.headers).map((name) => name.toLowerCase())]);
  for (const [name, value] of Object.entries(own)) if (!given.has(name)) request.headers[name] = value;
  return request;
}
