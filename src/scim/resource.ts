/** The SCIM vocabulary (RFC 7643) as Rollcall uses it. */

export type Kind = "user" | "group";

/** A JSON value as it stands in a SCIM resource. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

export const USER_SCHEMA = "urn:ietf:params:scim:schemas:core:2.0:User";
export const GROUP_SCHEMA = "urn:ietf:params:scim:schemas:core:2.0:Group";
export const ENTERPRISE_SCHEMA = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

/** A resource as it goes over the wire: nested objects, `id` given by the target. */
export interface Resource {
  readonly id?: string;
  readonly externalId?: string;
  readonly schemas?: readonly string[];
  readonly meta?: { readonly version?: string; readonly location?: string; readonly resourceType?: string };
  readonly [attribute: string]: Json | undefined;
}

/** A resource that the target holds. */
export type StoredResource = Resource & { readonly id: string };

/**
 * The flat form that mapping, plan and audit use: SCIM path -> value, e.g.
 * `{"userName": "ann", "name.givenName": "Ann", 'emails[type eq "work"].value': "ann@example.com",
 *   "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department": "IT", "active": true}`.
 * A path whose value is null is managed and empty (cleared at the target). Paths not named are not managed.
 * Keys stand in the compiled mapping's order, so equal content means equal JSON text.
 */
export type Attributes = Readonly<Record<string, Json>>;
