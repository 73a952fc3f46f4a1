/** The profiles by the name that `profile:` in the YAML gives them. */
import { awsIdentityCenter } from "./aws-identity-center.ts";
import { datadog } from "./datadog.ts";
import { githubEmu } from "./github-emu.ts";
import { googleCloudIdentity } from "./google-cloud-identity.ts";
import { miro } from "./miro.ts";
import { pagerduty } from "./pagerduty.ts";
import { generic, type Profile } from "./profile.ts";
import { salesforce } from "./salesforce.ts";
import { slack } from "./slack.ts";
import { zoom } from "./zoom.ts";

export const profiles = {
  generic,
  "aws-identity-center": awsIdentityCenter,
  datadog,
  "github-emu": githubEmu,
  "google-cloud-identity": googleCloudIdentity,
  miro,
  pagerduty,
  salesforce,
  slack,
  zoom,
} satisfies Readonly<Record<string, Profile>>;

export type ProfileName = keyof typeof profiles;
