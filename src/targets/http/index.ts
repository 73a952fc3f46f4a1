import type { TargetDefinition } from "../target.ts";
import { normalised } from "./base-url.ts";
import { capabilitiesOf, deactivationFindings } from "./capabilities.ts";
import { profileOf, type Settings, settings } from "./settings.ts";

/** Any SCIM 2.0 service over HTTP as a target. */
export const definition: TargetDefinition<Settings> = {
  type: "scim",
  title: "SCIM 2.0 service",
  settings,
  warnings: (given) =>
    deactivationFindings(profileOf(given), given).flatMap(({ ok, message, hint }) =>
      ok === true ? [] : [`${message}; ${hint}`],
    ),
  capabilities: (given) => capabilitiesOf(profileOf(given), given),
  identity: ({ baseUrl }) => `scim:${normalised(baseUrl)}`,
  // Its client is heavy, and nothing that checking a configuration needs.
  open: async (given, context) => (await import("./service.ts")).openService(given, context),
};
