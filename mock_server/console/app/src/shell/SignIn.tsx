/** The sign-in form: a user of the sample, or any name and password, and the platform's second steps. */

import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { ApiError } from "../data/http";
import { answerChallenge, session, signIn, signInOpen, type Challenge } from "../data/session";
import { describeUser, knownPassword, loadUsers, users } from "../data/users";
import { Button, Note } from "../parts/basic";
import { Dialog } from "../parts/Dialog";
import { Form, TextField } from "../parts/Form";
import { toast } from "../parts/Toast";

/** The form, while it is open. */
export function SignInDialog(): JSX.Element | null {
  return signInOpen.value ? <SignIn /> : null;
}

function close(): void {
  proposed = { username: "", challenge: null, refused: null };
  signInOpen.value = false;
}

/** Signs in with the password that the server tells; opens the form if it tells none, or if more is asked for. */
export async function signInAs(username: string): Promise<void> {
  const password = knownPassword(username);
  proposed = { username, challenge: null, refused: null };
  try {
    if (password !== null) proposed.challenge = await signIn(username, password);
    if (password !== null && !proposed.challenge) return welcome(username);
  } catch (error) {
    proposed.refused = error instanceof Error ? error.message : String(error);
  }
  signInOpen.value = true;
}

let proposed: { username: string; challenge: Challenge | null; refused: string | null } = { username: "", challenge: null, refused: null };

function welcome(username: string): void {
  close();
  toast(`Signed in as ${username}.`, "ok");
}

function SignIn(): JSX.Element {
  const [username, setUsername] = useState(proposed.username || (session.peek()?.username ?? ""));
  const [typedPassword, setTypedPassword] = useState<string | null>(null);
  const [challenge, setChallenge] = useState(proposed.challenge);
  const [refused, setRefused] = useState(proposed.refused);
  const choose = (name: string): void => {
    setUsername(name);
    if (knownPassword(name) !== null) setTypedPassword(null);
  };
  useEffect(() => {
    // The users may arrive after a name was typed, which stays.
    void loadUsers().then((all) => setUsername((present) => present || (all[0]?.username ?? "")));
  }, []);
  const [error, setError] = useState<ApiError | null>(null);
  const chosen = users.value?.find((user) => user.username === username);
  if (challenge) return <Step challenge={challenge} />;
  const submit = async (): Promise<void> => {
    setRefused(null);
    if (typedPassword === null) await loadUsers();
    const next = await signIn(username, typedPassword ?? knownPassword(username) ?? "");
    if (next) setChallenge(next);
    else welcome(username);
  };
  return (
    <Dialog title="Sign in to the platform" onClose={close}>
      {refused ? <Note tone="bad">{refused}</Note> : null}
      <Form label="Sign in" submit="Sign in" fields={["username", "password"]} onSubmit={submit} onError={setError} extra={<Button onClick={close}>Cancel</Button>}>
        <TextField
          label="User"
          value={username}
          onInput={choose}
          list="sample-users"
          autoComplete="username"
          error={error?.problem("username")}
          hint={chosen ? describeUser(chosen) : undefined}
        />
        <datalist id="sample-users">
          {(users.value ?? []).map((user) => (
            <option key={user.username} value={user.username} />
          ))}
        </datalist>
        <TextField
          label="Password"
          type="password"
          value={typedPassword ?? chosen?.password ?? ""}
          onInput={setTypedPassword}
          autoComplete="current-password"
          error={error?.problem("password")}
          hint={chosen?.password ? "Filled in: the sample's users have a known password on this machine." : undefined}
        />
      </Form>
    </Dialog>
  );
}

function codeHint(username: string): string | undefined {
  const code = users.value?.find((user) => user.username === username)?.mfa_token;
  return code ? `The code of this user is ${code}.` : undefined;
}

function Step(props: { challenge: Challenge }): JSX.Element {
  const mfa = props.challenge.Challenge === "SOFTWARE_TOKEN_MFA";
  const [text, setText] = useState("");
  const submit = async (): Promise<void> => {
    await answerChallenge(props.challenge, text);
    welcome(props.challenge.username);
  };
  return (
    <Dialog title={mfa ? "Enter the code" : "Choose a new password"} onClose={close}>
      <Form label="Second step" submit="Continue" onSubmit={submit} extra={<Button onClick={close}>Cancel</Button>}>
        <TextField
          label={mfa ? "Code of the second factor" : "New password"}
          type={mfa ? "text" : "password"}
          value={text}
          onInput={setText}
          autoComplete={mfa ? "one-time-code" : "new-password"}
          hint={mfa ? codeHint(props.challenge.username) : "The platform asks for it at the first sign-in."}
        />
      </Form>
    </Dialog>
  );
}
