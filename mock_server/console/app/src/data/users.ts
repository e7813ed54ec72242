/** The users of the sample world, and what each one is for. */

/** A user of the sample. */
export interface SampleUser {
  name: string;
  note: string;
}

/** The users, the usual one first. */
export const SAMPLE_USERS: SampleUser[] = [
  { name: "partner@acme.example", note: "One partner, Acme." },
  { name: "agency@acme.example", note: "Several partners: each request has to name one." },
  { name: "admin@platform.example", note: "The platform's administrator: any partner." },
  { name: "mfa@acme.example", note: "Asks for a second factor." },
  { name: "new@acme.example", note: "Has to choose a new password first." },
  { name: "disabled@acme.example", note: "Disabled: the sign-in is refused." },
  { name: "external@acme.example", note: "An external user without a partner." },
];
