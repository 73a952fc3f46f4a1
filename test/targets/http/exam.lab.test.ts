import { type RunningService, startBetterAuth, startScimmy } from "../../lab/scim-services.ts";
import { exam } from "../exam.ts";
import { openScim } from "../open-scim.ts";

function against(start: () => Promise<RunningService>, more: Readonly<Record<string, unknown>> = {}) {
  return async () => {
    const service = await start();
    const { api, close } = await openScim(service, { more });
    return {
      api,
      async close() {
        await close();
        await service.stop();
      },
    };
  };
}

exam("scimmy", {
  open: against(startScimmy),
  cannot: {
    "other case": "its filters compare userName exactly",
    "if-match": "it gives no versions and ignores If-Match",
    "unknown members": "it leaves checking of members to the application",
  },
});

exam("better-auth", {
  open: against(startBetterAuth),
  cannot: { "if-match": "it gives no versions" },
});
