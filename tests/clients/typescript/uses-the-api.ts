// Uses the types that openapi-typescript generated, with openapi-fetch, on the daemon's Unix
// socket. Called with the socket and the name of an image. That it compiles is a test too.

import assert from "node:assert/strict";
import createClient from "openapi-fetch";
import { Agent, Request, fetch } from "undici";
import type { components, paths } from "./banger.js";

const [socketPath, image] = process.argv.slice(2);
assert(socketPath && image);

const dispatcher = new Agent({ connect: { socketPath }, headersTimeout: 300_000 });
const client = createClient<paths>({
  baseUrl: "http://localhost",
  // undici's own classes, which know its dispatchers; they differ from the global ones in
  // name only.
  Request: Request as unknown as typeof globalThis.Request,
  fetch: ((request: unknown) =>
    fetch(request as Request, { dispatcher })) as unknown as typeof globalThis.fetch,
});

type ExecOutput = components["schemas"]["ExecOutput"];

function events<T>(text: string): T[] {
  return text
    .split("\n")
    .filter((line) => line.startsWith("data: "))
    .map((line) => JSON.parse(line.slice("data: ".length)) as T);
}

const status = await client.GET("/v1/status");
assert.equal(status.data?.api_version, "v1");
const images = await client.GET("/v1/images");
assert(images.data?.images.some((each) => each.name === image));

const missing = await client.GET("/v1/vms/{vm}", { params: { path: { vm: "nobody" } } });
const code: components["schemas"]["ErrorCode"] | undefined = missing.error?.code;
assert.equal(code, "vm_not_found");

const made = await client.POST("/v1/vms", {
  params: { query: { wait: true } },
  body: { name: "from-typescript", image },
});
assert.equal(made.data?.state, "succeeded", JSON.stringify(made.error));
const vm = made.data.target;
const params = { path: { vm } };

const shown = await client.GET("/v1/vms/{vm}", { params });
assert.equal(shown.data?.state, "running");
assert.equal(shown.data.name, "from-typescript");

const said = await client.POST("/v1/vms/{vm}/exec", {
  params,
  body: { command: ["sh", "-c", 'echo "$GREETING"; exit 3'], env: { GREETING: "hello" } },
  parseAs: "text",
});
const outputs = events<ExecOutput>(said.data ?? "");
assert.deepEqual(
  outputs.map((output) => output.type),
  ["started", "stdout", "exited"],
);
const exited = outputs[2];
assert(exited?.type === "exited" && exited.code === 3);

const tar = await client.GET("/v1/vms/{vm}/files", {
  params: { path: { vm }, query: { path: "/etc" } },
  parseAs: "arrayBuffer",
});
// The magic number of a tar (POSIX.1-2017, pax, "ustar Interchange Format").
assert.equal(Buffer.from(tar.data as ArrayBuffer).toString("latin1", 257, 262), "ustar");
const written = await client.PUT("/v1/vms/{vm}/files", {
  params: { path: { vm }, query: { path: "/root/copy" } },
  headers: { "Content-Type": "application/octet-stream" },
  body: tar.data as unknown as string,
  bodySerializer: (body) => body as unknown as BodyInit,
});
assert((written.data?.entries ?? 0) > 3, JSON.stringify(written.error));

const gone = await client.DELETE("/v1/vms/{vm}", {
  params: { path: { vm }, query: { wait: true, force: true } },
});
assert.equal(gone.data?.state, "succeeded");
await dispatcher.close();
