/** How a SCIM service differs from the RFC: data, one file a service, which a connection's `quirks:` may override field by field. */
import { z } from "../../zod.ts";

const count = z.int().positive();
const both = z.strictObject({ user: z.boolean().describe("Users."), group: z.boolean().describe("Groups.") });
const paths = z.array(z.string().min(1));

const rate = z.strictObject({
  perMinute: z.number().positive().describe("Requests a minute that the service takes."),
  burst: count.default(1).describe("Requests that it takes at once before the rate counts."),
});

/** The fields of a profile. Whatever is not said here is as RFC 7643 and 7644 have it. */
const profileFields = z.strictObject({
  update: z.enum(["patch", "put"]).describe("Changes by PATCH, or by PUT of the whole resource."),
  membersPerRequest: count.describe(
    "Members that one request may add or remove; for PUT, that a group may have.",
  ),
  maxBodyBytes: count.describe("Largest request body."),
  membersReadable: z.boolean().describe("Whether the members of a group can be read back."),
  filter: z
    .strictObject({
      user: paths.describe("Attributes of users."),
      group: paths.describe("Attributes of groups."),
    })
    .describe('Attributes that the service can look up by: filter=attribute eq "value".'),
  list: z
    .strictObject({
      paging: z
        .enum(["index", "cursor", "none"])
        .describe("startIndex and count, the cursor of RFC 9865, or everything at once."),
      max: count.describe("Resources a page."),
    })
    .describe("How a list is read."),
  irreversibleDeactivation: z.boolean().describe("Deactivating deletes, or cannot be undone."),
  delete: both.describe("What can be deleted."),
  rename: both.describe("Whose userName or displayName can change."),
  versions: z
    .boolean()
    .describe(
      "Changes are tied to the version that was read, where the service gives one (If-Match); false where it refuses its own.",
    ),
  enforcesUniqueness: z.boolean().describe("A second account with the same userName is refused."),
  rate: z
    .strictObject({
      userWrites: rate.optional().describe("Creating, changing and deleting users."),
      groupWrites: rate.optional().describe("Creating, changing and deleting groups, members included."),
      reads: rate.optional().describe("Looking up and reading."),
      userWritesPerHour: count.optional().describe("Users that may be written in an hour."),
    })
    .describe("Limits that the service publishes; kept, so that it has no need to refuse."),
  headers: z
    .record(z.string().regex(/^[A-Za-z0-9-]+$/), z.string().regex(/^[\x20-\x7e]*$/))
    .describe("Sent with every request. Never a secret."),
});

/** `quirks:` in the YAML. */
export const quirks = profileFields.partial();

type ProfileFields = Readonly<z.infer<typeof profileFields>>;

/** A service as we know it. */
export interface Profile extends ProfileFields {
  /** "AWS IAM Identity Center" */
  readonly title: string;
  /** Where the vendor says so. */
  readonly source: string;
  /** How long after a write without an answer its effect may still appear, in ms. */
  readonly settleMs: number;
}

/** Any SCIM 2.0 service: what most of them do, on the careful side. */
export const generic: Profile = {
  title: "any SCIM 2.0 service",
  source: "RFC 7643, RFC 7644",
  update: "patch",
  membersPerRequest: 100,
  maxBodyBytes: 1_000_000,
  membersReadable: true,
  filter: {
    user: ["userName", "externalId", 'emails[type eq "work"].value'],
    group: ["displayName", "externalId"],
  },
  list: { paging: "index", max: 100 },
  irreversibleDeactivation: false,
  delete: { user: true, group: true },
  rename: { user: true, group: true },
  versions: true,
  // Not known before it was seen, and doubtful creations must not rely on it.
  enforcesUniqueness: false,
  rate: {},
  headers: {},
  // A gateway's usual time-out of 60 s, and 30 s until a look-up sees what was written.
  settleMs: 90_000,
};

/** A profile that differs from the generic one in some fields. */
export function profile(differences: Partial<Profile> & Pick<Profile, "title" | "source">): Profile {
  return { ...generic, ...differences };
}
