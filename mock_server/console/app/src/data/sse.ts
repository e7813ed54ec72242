/** Reads server-sent events from a response's body. */

/** One event: its id, its type and its data, still as text. */
export interface ServerEvent {
  id: string | null;
  type: string;
  data: string;
}

/** Yields the events of a stream until it ends. */
export async function* readEvents(body: ReadableStream<Uint8Array>): AsyncGenerator<ServerEvent> {
  const reader = body.pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>).getReader();
  let rest = "";
  try {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      const blocks = (rest + value).split(/\r?\n\r?\n/);
      rest = blocks.pop() ?? "";
      for (const block of blocks) {
        const event = parseEvent(block);
        if (event) yield event;
      }
    }
  } finally {
    reader.cancel().catch(() => undefined);
  }
}

/** Parses the lines of one event; null for a comment, which only keeps the connection open. */
export function parseEvent(block: string): ServerEvent | null {
  const event: ServerEvent = { id: null, type: "message", data: "" };
  const data: string[] = [];
  for (const line of block.split(/\r?\n/)) {
    const [, name, value] = /^([^:]*):? ?(.*)$/.exec(line) ?? [];
    if (name === "id") event.id = value ?? "";
    else if (name === "event") event.type = value ?? "";
    else if (name === "data") data.push(value ?? "");
  }
  if (!data.length) return null;
  return { ...event, data: data.join("\n") };
}
