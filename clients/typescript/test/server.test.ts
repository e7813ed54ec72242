import process from "node:process";
import { expect, test } from "vitest";
import { parseCommand, ServerProcess } from "../src/server.js";

const START = JSON.stringify({ url: "http://127.0.0.1:1" });

/** A program that stands for the server. Its flags follow the script. */
function program(script: string): string[] {
  return [process.execPath, "--eval", script, "--"];
}

async function failure(command: string | string[], startTimeout = 60_000): Promise<string> {
  const error = await ServerProcess.start({ command, startTimeout, stopTimeout: 20 }).catch((reason: unknown) => reason);
  return String(error);
}

test("a command that does not exist is named, with what to do", async () => {
  expect(await failure("no-such-wavetank")).toMatch(
    /^ServerUnavailableError: cannot start `no-such-wavetank serve --port 0 --json .*not found; activate the environment.*WAVETANK_COMMAND/,
  );
});

test("a program that fails is reported with what it printed", async () => {
  const message = await failure(program("console.error('no such world'); process.exitCode = 2"));
  expect(message).toMatch(/: it ended with exit code 2\nno such world$/);
});

test("a program that prints no address is ended after the time for it", async () => {
  const message = await failure(program("setInterval(() => {}, 1000)"), 1);
  expect(message).toContain("it printed no address within 1 ms");
});

test("the server is stopped by the end of its standard input, once", async () => {
  const script = `console.log("ready"); console.log('${START}'); process.stdin.resume().on("end", () => console.error("bye"))`;
  const [server, start] = await ServerProcess.start({ command: program(script), args: ["--seed", "7"] });
  expect(start.url).toBe("http://127.0.0.1:1");
  await Promise.all([server.stop(), server.stop()]);
  expect(server.log).toBe("bye\n");
});

test("a server that does not stop is killed", async () => {
  const script = `console.log('${START}'); setInterval(() => {}, 1000)`;
  const [server] = await ServerProcess.start({ command: program(script), stopTimeout: 20 });
  await server.stop();
  expect(server.ending).toBe("it ended with the signal SIGKILL");
});

test("a command is words, a string of words, or a JSON array", () => {
  expect(parseCommand(["a b", "c"])).toEqual(["a b", "c"]);
  expect(parseCommand(" uvx  wavetank ")).toEqual(["uvx", "wavetank"]);
  expect(parseCommand('["/my tools/python", "-m", "mock_server"]')).toEqual(["/my tools/python", "-m", "mock_server"]);
});
