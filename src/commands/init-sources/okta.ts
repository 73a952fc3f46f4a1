import type { SourceSection } from "./source-section.ts";

/** An organisation, and an API token or a service application that reads it. */
export const okta: SourceSection = {
  name: "okta",
  flags: ["org-url", "token-file", "token-env", "private-key-file", "private-key-env", "key-id"],
  everybody: "every person; people who were never activated count as inactive",
  scope: { users: 'user.department in ["Sales", "IT"]', groups: 'group.name.startsWith("app-")' },
  ask: async (form) => {
    const orgUrl = await form.needed(
      "orgUrl",
      "org-url",
      "Address of the organisation, such as https://example.okta.com",
    );
    const byKey = form.given("client-id") !== undefined || form.hasSecret("private-key");
    const login = byKey
      ? [
          await form.needed("clientId", "client-id", "Client id of the service application"),
          await form.secret("privateKey", "private-key", "File that holds its private key"),
          ...form.optional("keyId", "key-id"),
        ]
      : [await form.secret("token", "token", "File that holds the API token")];
    return [orgUrl, ...login, ...form.file("ca", "ca-file")];
  },
};
