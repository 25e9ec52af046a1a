import { useState } from "preact/hooks";
import { ParleyError } from "../client";
import { explain } from "../lib/errors";
import { register, signIn, signOutReason } from "../stores/session";
import { ThemeToggle } from "./ThemeToggle";

type Problems = Record<string, string>;

export function SignIn({ register: registering }: { register: boolean }) {
  const [busy, setBusy] = useState(false);
  const [problems, setProblems] = useState<Problems>({});
  const title = registering ? "Create account" : "Sign in";

  async function submit(event: SubmitEvent) {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    const { username, password, display_name } = Object.fromEntries(new FormData(form)) as Record<
      string,
      string
    >;
    setBusy(true);
    setProblems({});
    try {
      if (registering) {
        const fields = { username: username!, password: password! };
        await register(display_name ? { ...fields, display_name } : fields);
      } else await signIn(username!, password!);
    } catch (error) {
      const found = problemsOf(error, registering);
      setProblems(found);
      setBusy(false);
      const first = Object.keys(found).find((name) => name !== "form") ?? "password";
      (form.elements.namedItem(first) as HTMLElement | null)?.focus();
    }
  }

  return (
    <main class="sign-in">
      <form class="card" aria-label={title} onSubmit={submit} key={title}>
        <h1>
          <img src="/favicon.svg" alt="" width="32" height="32" /> Parley
        </h1>
        <p class="muted">{registering ? "Make an account to join in." : "Chat in rooms."}</p>
        {signOutReason.value && !registering && <p class="hint">{signOutReason.value}</p>}
        <Field
          name="username"
          label="Username"
          autoComplete="username"
          problem={problems.username}
        />
        {registering && (
          <Field
            name="display_name"
            label="Display name (optional)"
            autoComplete="name"
            optional
            problem={problems.display_name}
          />
        )}
        <Field
          name="password"
          label="Password"
          type="password"
          autoComplete={registering ? "new-password" : "current-password"}
          problem={problems.password}
        />
        {problems.form && (
          <p class="problem" role="alert">
            {problems.form}
          </p>
        )}
        <button type="submit" class="primary" disabled={busy}>
          {title}
        </button>
        <p class="muted">
          {registering ? "Have an account? " : "New here? "}
          <a href={registering ? "/sign-in" : "/register"}>
            {registering ? "Use it" : "Create an account"}
          </a>
        </p>
      </form>
      <ThemeToggle />
    </main>
  );
}

interface FieldProps {
  name: string;
  label: string;
  type?: "text" | "password";
  autoComplete: string;
  optional?: boolean;
  problem?: string;
}

function Field({ name, label, type = "text", autoComplete, optional, problem }: FieldProps) {
  const problemId = `${name}-problem`;
  return (
    <div class="field">
      <label for={name}>{label}</label>
      <input
        id={name}
        name={name}
        type={type as "text"}
        autoComplete={autoComplete}
        autoCapitalize="none"
        spellcheck={false}
        required={!optional}
        aria-invalid={!!problem}
        aria-describedby={problem ? problemId : undefined}
      />
      {problem && (
        <p class="problem" id={problemId} role="alert">
          {problem}
        </p>
      )}
    </div>
  );
}

function problemsOf(error: unknown, registering: boolean): Problems {
  if (!(error instanceof ParleyError)) return { form: explain(error) };
  if (!registering && error.status === 401) return { form: "Wrong username or password." };
  const problems: Problems = {};
  for (const { code, detail, field } of error.errors) {
    const taken = registering && code === "conflict";
    const where = field ?? (taken ? "username" : "form");
    const text = taken ? "This name is taken." : detail || explain(error);
    problems[where] = problems[where] ? `${problems[where]} ${text}` : text;
  }
  if (error.status === 0 || error.status >= 429) problems.form = explain(error);
  return problems;
}
