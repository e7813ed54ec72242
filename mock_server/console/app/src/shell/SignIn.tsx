/** The sign-in form: a user of the sample, or any name and password, and the platform's second steps. */

import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { ApiError } from "../data/http";
import { answerChallenge, SAMPLE_PASSWORD, session, signIn, signInOpen, type Challenge } from "../data/session";
import { SAMPLE_USERS } from "../data/users";
import { Dialog } from "../parts/Dialog";
import { Form, TextField } from "../parts/Form";
import { toast } from "../parts/Toast";

/** The form, while it is open. */
export function SignInDialog(): JSX.Element | null {
  return signInOpen.value ? <SignIn /> : null;
}

function close(): void {
  signInOpen.value = false;
}

/** Signs in with the sample's password; opens the form if the platform asks for more. */
export async function signInAs(username: string): Promise<void> {
  try {
    if ((await signIn(username, SAMPLE_PASSWORD)) === null) return welcome(username);
  } catch {
    // The form asks for another password.
  }
  proposed = username;
  signInOpen.value = true;
}

let proposed = SAMPLE_USERS[0]?.name ?? "";

function welcome(username: string): void {
  close();
  toast(`Signed in as ${username}.`, "ok");
}

function SignIn(): JSX.Element {
  const [username, setUsername] = useState(session.peek()?.username ?? proposed);
  const [password, setPassword] = useState(SAMPLE_PASSWORD);
  const [challenge, setChallenge] = useState<Challenge | null>(null);
  const [error, setError] = useState<ApiError | null>(null);
  if (challenge) return <Step challenge={challenge} />;
  const submit = async (): Promise<void> => {
    const next = await signIn(username, password);
    if (next) setChallenge(next);
    else welcome(username);
  };
  return (
    <Dialog title="Sign in to the platform" onClose={close}>
      <Form label="Sign in" submit="Sign in" fields={["username", "password"]} onSubmit={submit} onError={setError}>
        <TextField
          label="User"
          value={username}
          onInput={setUsername}
          list="sample-users"
          autoComplete="username"
          error={error?.problem("username")}
          hint={SAMPLE_USERS.find((user) => user.name === username)?.note}
        />
        <datalist id="sample-users">
          {SAMPLE_USERS.map((user) => (
            <option key={user.name} value={user.name} />
          ))}
        </datalist>
        <TextField
          label="Password"
          type="password"
          value={password}
          onInput={setPassword}
          autoComplete="current-password"
          error={error?.problem("password")}
          hint={`On this machine, the sample's users have the password ${SAMPLE_PASSWORD}.`}
        />
      </Form>
    </Dialog>
  );
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
      <Form label="Second step" submit="Continue" onSubmit={submit}>
        <TextField
          label={mfa ? "Code of the second factor" : "New password"}
          type={mfa ? "text" : "password"}
          value={text}
          onInput={setText}
          autoComplete={mfa ? "one-time-code" : "new-password"}
          hint={mfa ? "The sample's user has the code 123456." : "The platform asks for it at the first sign-in."}
        />
      </Form>
    </Dialog>
  );
}
