import type { Entry, Form } from "../init-form.ts";
import type { SourceSection } from "./source-section.ts";

/** A tenant, and the app registration or identity that reads it. */
export const entra: SourceSection = {
  name: "entra",
  flags: [
    "from-entra",
    "assigned",
    "tenant-id",
    "client-secret-file",
    "client-secret-env",
    "certificate-file",
    "managed-identity",
    "workload-identity",
    "cloud",
  ],
  everybody: "every member of the tenant, but no guests",
  scope: { users: 'user.department in ["Sales", "IT"]', groups: 'group.displayName.startsWith("app-")' },
  ask: async (form) => [
    await form.needed("tenantId", "tenant-id", "Tenant id, from the overview page of the Entra admin center"),
    ...(await login(form)),
    ...form.optional("cloud", "cloud"),
    ...form.file("ca", "ca-file"),
  ],
};

const ways = ["managed-identity", "workload-identity"] as const;

async function login(form: Form): Promise<readonly Entry[]> {
  const identity = ways.find((flag) => form.isSet(flag));
  if (identity === "managed-identity") {
    return [
      ...form.optional("clientId", "client-id"),
      { key: "managedIdentity", yaml: "true", flag: `--${identity}` },
    ];
  }
  const clientId = await form.needed(
    "clientId",
    "client-id",
    "Application (client) id of the app registration",
  );
  if (identity === "workload-identity")
    return [clientId, { key: "workloadIdentity", yaml: "true", flag: `--${identity}` }];
  const [certificate] = form.file("certificate", "certificate-file");
  return [
    clientId,
    certificate ?? (await form.secret("clientSecret", "client-secret", "File that holds its client secret")),
  ];
}
