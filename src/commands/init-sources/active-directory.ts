import type { Form } from "../init-form.ts";
import type { SourceSection } from "./source-section.ts";

/** A domain controller, or a domain whose controllers are looked up, and an account of it. */
export const activeDirectory: SourceSection = {
  name: "ad",
  flags: ["url", "domain", "base-dn", "bind-dn", "bind-password-file", "bind-password-env"],
  everybody: "every person, but no computers and no built-in accounts",
  scope: { users: 'user.department in ["Sales", "IT"]', groups: 'group.cn.startsWith("app-")' },
  ask: async (form) => [
    await server(form),
    ...form.optional("baseDn", "base-dn"),
    await form.needed("bindDn", "bind-dn", "Account to log in with, such as rollcall@corp.example"),
    await form.secret("bindPassword", "bind-password", "File that holds its password"),
    ...form.file("ca", "ca-file"),
  ],
};

async function server(form: Form) {
  const [domain] = form.optional("domain", "domain");
  if (domain !== undefined) return domain;
  const given = form.list("url");
  const urls =
    given.length > 0
      ? given
      : [await form.need("url", "Domain controller, such as ldaps://dc1.corp.example")];
  return { key: "url", yaml: `[${urls.map((url) => JSON.stringify(url)).join(", ")}]`, flag: "--url" };
}
