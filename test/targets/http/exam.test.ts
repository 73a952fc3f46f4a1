import { type Switches, startScimService } from "../../stand-ins/scim-service.ts";
import { exam } from "../exam.ts";
import { openScim } from "../open-scim.ts";

function strict(switches: Partial<Switches>, more: Readonly<Record<string, unknown>> = {}) {
  return async () => {
    const service = await startScimService({ switches });
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

exam("SCIM service, strict, by PATCH", { open: strict({}) });

exam("SCIM service, strict, by PUT", { open: strict({ putOnly: true }, { quirks: { update: "put" } }) });

exam("SCIM service with cursors that answers PATCH with the resource", {
  open: strict(
    { cursor: true, patchAnswersNothing: false },
    { quirks: { list: { paging: "cursor", max: 40 } } },
  ),
});

exam("SCIM service that shows the first page again past the end, and pages of 30", {
  open: strict({ pastTheEnd: "first page", pageMax: 30 }),
});
