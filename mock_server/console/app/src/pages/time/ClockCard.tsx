/** The clock with its buttons: play, pause, speed, and the moves. */

import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { advance, advanceToNext, runUntilIdle } from "../../clock";
import { control } from "../../data/control";
import { nextJob, now, status } from "../../data/live";
import { announce } from "../../data/topics";
import { instant, jobKind, relative } from "../../format";
import { AsCurl, Button, Card, Chip } from "../../parts/basic";
import { Form, SelectField, TextField } from "../../parts/Form";

const SPEEDS: [string, string][] = [
  ["1", "1 × (real time)"],
  ["60", "60 × (1 min a second)"],
  ["3600", "3,600 × (1 h a second)"],
  ["86400", "86,400 × (1 d a second)"],
];

/** The card. */
export function ClockCard(): JSX.Element {
  const clock = status.value?.clock;
  const at = now.value;
  const next = nextJob.value;
  const running = clock?.mode === "running";
  const mode = running ? "frozen" : "running";
  const setMode = async (): Promise<void> => {
    await control.put("/clock", { body: { mode } });
    announce("clock");
  };
  return (
    <Card title="Clock" aside={<AsCurl request={() => control.describe("post", "/clock/next")} what="the move to the next job" />}>
      <div class="clock-card">
        <p class="big-clock">
          <time>{at === null ? "…" : instant(at)}</time> UTC{" "}
          <Chip tone={running ? "ok" : "plain"}>{clock?.mode ?? "…"}</Chip>
        </p>
        <div class="actions">
          <Button primary onClick={setMode}>
            {running ? "Pause" : "Play"}
          </Button>
          <Speed speed={clock?.speed ?? 1} />
          <AsCurl
            request={() => control.describe("put", "/clock", { body: { mode, speed: clock?.speed ?? 1 } })}
            what="mode and speed"
          />
        </div>
      </div>
      <div class="actions moves">
        <Button onClick={() => advance({ minutes: 1 })}>+1 min</Button>
        <Button onClick={() => advance({ hours: 1 })}>+1 h</Button>
        <Button onClick={() => advance({ days: 1 })}>+1 d</Button>
        <Button onClick={() => advance({ days: 7 })}>+7 d</Button>
        <Button disabled={!next} onClick={advanceToNext}>
          {next && at !== null ? `Advance to ${jobKind(next.kind)} ${relative(next.due, at)}` : "Nothing is due"}
        </Button>
        <Button
          title="Advance, at most a day, until only attribution runs and expiries are pending"
          onClick={runUntilIdle}
        >
          Until idle
        </Button>
        <MoveTo />
      </div>
    </Card>
  );
}

function Speed(props: { speed: number }): JSX.Element {
  const value = String(props.speed);
  const options = SPEEDS.some(([known]) => known === value) ? SPEEDS : [[value, `${value} ×`] as [string, string], ...SPEEDS];
  const set = async (speed: string): Promise<void> => {
    await control.put("/clock", { body: { speed: Number(speed) } });
    announce("clock");
  };
  return <SelectField label="Speed" quiet value={value} options={options} onInput={(speed) => void set(speed)} />;
}

const INSTANT = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d)?))?Z?$/;

function toInstant(text: string): string | null {
  const [, day, time] = INSTANT.exec(text.trim()) ?? [];
  return day ? `${day}T${time ? `${time}:00`.slice(0, 8) : "00:00:00"}Z` : null;
}

function MoveTo(): JSX.Element {
  const [text, setText] = useState("");
  const to = toInstant(text);
  const run = async (): Promise<void> => {
    if (!to) throw new Error("Write a day, or a day and a time: 2026-12-01 or 2026-12-01 08:00:00.");
    await control.put("/clock", { body: { now: to } });
    announce("clock");
    announce("jobs");
  };
  return (
    <Form
      label="Move to an instant"
      submit="Move to"
      disabled={!text}
      onSubmit={run}
      request={() => control.describe("put", "/clock", { body: { now: to ?? text } })}
    >
      <TextField label="Instant (UTC)" quiet placeholder={instant(now.value ?? 0)} value={text} onInput={setText} />
    </Form>
  );
}
