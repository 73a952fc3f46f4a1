import type { SourceContext, SourceDefinition } from "../source.ts";
import type { Settings } from "./config.ts";
import { description } from "./description.ts";
import { OktaOrganisation } from "./organisation.ts";

/** An organisation of Okta Workforce Identity, read through its API. */
export const definition = {
  ...description,
  open: (section: Settings, context: SourceContext) => new OktaOrganisation(section, context),
} satisfies SourceDefinition<Settings>;
