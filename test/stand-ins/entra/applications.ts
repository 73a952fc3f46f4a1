import { createHash, type KeyObject, randomBytes, randomUUID, X509Certificate } from "node:crypto";
import { iso } from "./entity.ts";
import type { Value } from "./value.ts";

export interface Secret {
  readonly keyId: string;
  readonly text: string;
  readonly name: string;
  /** Milliseconds since 1970. */
  readonly startsAt: number;
  readonly endsAt: number;
}

export interface Certificate {
  readonly keyId: string;
  readonly x509: X509Certificate;
  /** base64url of its digests, as an assertion's header names it. */
  readonly sha256: string;
  readonly sha1: string;
}

/** Trust in somebody else's tokens instead of a secret: workload identity. */
export interface FederatedCredential {
  readonly issuer: string;
  readonly subject: string;
  readonly key: KeyObject;
}

/** An app registration: what it may log in with, and what an admin granted it. */
export interface Application {
  readonly objectId: string;
  readonly clientId: string;
  readonly name: string;
  readonly servicePrincipalId: string;
  readonly secrets: Secret[];
  readonly certificates: Certificate[];
  readonly federated: FederatedCredential[];
  readonly permissions: Set<string>;
}

export interface Assignment {
  readonly id: string;
  readonly appRoleId: string;
  readonly createdAt: number;
  readonly principalId: string;
  readonly resourceId: string;
}

/** The app role that is meant where an application declares none. */
export const DEFAULT_ROLE = "00000000-0000-0000-0000-000000000000";

export function newAssignment(
  principalId: string,
  resourceId: string,
  appRoleId: string,
  createdAt: number,
): Assignment {
  return { id: randomBytes(32).toString("base64url"), appRoleId, createdAt, principalId, resourceId };
}

export function newSecret(text: string, startsAt: number, endsAt: number, name = "rollcall"): Secret {
  return { keyId: randomUUID(), text, name, startsAt, endsAt };
}

/** From a certificate as PEM text. */
export function newCertificate(pem: string): Certificate {
  const x509 = new X509Certificate(pem);
  const digest = (name: string): string => createHash(name).update(x509.raw).digest("base64url");
  return { keyId: randomUUID(), x509, sha256: digest("sha256"), sha1: digest("sha1") };
}

/** The application as `/applications` shows it. The text of a secret is never shown again. */
export function applicationView(application: Application): Readonly<Record<string, Value>> {
  return {
    id: application.objectId,
    appId: application.clientId,
    displayName: application.name,
    deletedDateTime: null,
    signInAudience: "AzureADMyOrg",
    keyCredentials: application.certificates.map((certificate) => ({
      customKeyIdentifier: Buffer.from(certificate.sha1, "base64url").toString("hex").toUpperCase(),
      displayName: certificate.x509.subject,
      endDateTime: iso(Date.parse(certificate.x509.validTo)),
      key: null,
      keyId: certificate.keyId,
      startDateTime: iso(Date.parse(certificate.x509.validFrom)),
      type: "AsymmetricX509Cert",
      usage: "Verify",
    })),
    passwordCredentials: application.secrets.map((secret) => ({
      customKeyIdentifier: null,
      displayName: secret.name,
      endDateTime: iso(secret.endsAt),
      hint: secret.text.slice(0, 3),
      keyId: secret.keyId,
      secretText: null,
      startDateTime: iso(secret.startsAt),
    })),
  };
}
