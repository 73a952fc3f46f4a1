import { createPublicKey, randomUUID } from "node:crypto";
import {
  type Application,
  type Assignment,
  DEFAULT_ROLE,
  newAssignment,
  newCertificate,
  newSecret,
} from "./applications.ts";
import { Directory, type DirectoryOptions } from "./directory.ts";
import { PERMISSIONS } from "./permissions.ts";
import { Seal } from "./sealed-token.ts";
import { DAY_MS } from "./switches.ts";

/** The app id of Microsoft Graph itself, the same in every tenant. */
const GRAPH_APP_ID = "00000003-0000-0000-c000-000000000000";

export interface StateOptions extends Partial<DirectoryOptions> {
  readonly tenantId?: string;
  readonly tenantName?: string;
  readonly clientId?: string;
  readonly clientSecret?: string;
  /** Granted from the start; default: what a whole synchronization needs. */
  readonly permissions?: readonly string[];
  /** When the client secret ends, ms since 1970; default: in a year. */
  readonly secretEndsAt?: number;
}

const USUAL_PERMISSIONS: readonly string[] = [
  "User.Read.All",
  "Group.Read.All",
  "GroupMember.Read.All",
  "Application.Read.All",
  "Organization.Read.All",
];

/** A tenant without its sockets: the directory, the apps registered in it, who is assigned to what. */
export class TenantState extends Directory {
  readonly tenantId: string;
  readonly tenantName: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly seal = new Seal();
  readonly applications: Application[] = [];
  readonly assignments: Assignment[] = [];
  readonly graphServicePrincipal: string;
  /** Grows when the service loses what it knew about its delta tokens. */
  generation = 0;

  constructor(options: StateOptions = {}) {
    super(options);
    this.tenantId = options.tenantId ?? randomUUID();
    this.tenantName = options.tenantName ?? "Contoso";
    this.clientId = options.clientId ?? randomUUID();
    this.clientSecret = options.clientSecret ?? "R0l~correct.horse.battery-staple";
    const appRoles = [...PERMISSIONS].map((value) => ({
      allowedMemberTypes: ["Application"],
      description: value,
      displayName: value,
      id: randomUUID(),
      isEnabled: true,
      value,
    }));
    this.graphServicePrincipal = this.createServicePrincipal({
      appId: GRAPH_APP_ID,
      displayName: "Microsoft Graph",
      appRoles,
    });
    const application = this.registerApplication("Rollcall", this.clientId);
    const endsAt = options.secretEndsAt ?? this.now() + 365 * DAY_MS;
    application.secrets.push(newSecret(this.clientSecret, this.now(), endsAt));
    this.grant(options.permissions ?? USUAL_PERMISSIONS);
  }

  /** The app registration that a client id names. */
  application(clientId = this.clientId): Application | undefined {
    return this.applications.find((application) => application.clientId === clientId);
  }

  registerApplication(name: string, clientId: string = randomUUID()): Application {
    const servicePrincipalId = this.createServicePrincipal({ appId: clientId, displayName: name });
    const application: Application = {
      objectId: randomUUID(),
      clientId,
      name,
      servicePrincipalId,
      secrets: [],
      certificates: [],
      federated: [],
      permissions: new Set(),
    };
    this.applications.push(application);
    return application;
  }

  /** As with an admin's consent: tokens that are out already know nothing of it. */
  grant(permissions: readonly string[]): void {
    for (const permission of permissions) {
      if (!PERMISSIONS.has(permission)) throw new Error(`there is no application permission ${permission}`);
      this.application()?.permissions.add(permission);
    }
  }

  /** Tokens that are out keep what they were issued with. */
  revoke(permissions: readonly string[]): void {
    for (const permission of permissions) this.application()?.permissions.delete(permission);
  }

  /** PEM text of a certificate that the app may log in with. */
  trustCertificate(pem: string): void {
    this.application()?.certificates.push(newCertificate(pem));
  }

  /** Whose tokens log the app in (workload identity); `publicKey` as PEM. */
  trustFederated(credential: {
    readonly issuer: string;
    readonly subject: string;
    readonly publicKey: string;
  }): void {
    const { issuer, subject, publicKey } = credential;
    this.application()?.federated.push({ issuer, subject, key: createPublicKey(publicKey) });
  }

  /** Assigns a person or group to an enterprise application (the id of its service principal). */
  assign(application: string, principal: string, role = DEFAULT_ROLE): void {
    this.assignments.push(newAssignment(principal, application, role, this.now()));
  }

  unassign(application: string, principal: string): void {
    const kept = this.assignments.filter(
      ({ principalId, resourceId }) => principalId !== principal || resourceId !== application,
    );
    this.assignments.splice(0, this.assignments.length, ...kept);
  }

  /** From now on every token of a delta query that is out is refused. */
  loseSyncState(): void {
    this.generation++;
  }
}
