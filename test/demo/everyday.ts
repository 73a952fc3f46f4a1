/** Chapters of ordinary days: people come, move and leave; a mistake is taken back; one person is in two directories. */
import { staff } from "./contoso.ts";
import { worker } from "./fabrikam.ts";
import { look } from "./look.ts";
import type { Narrator } from "./narrator.ts";
import type { Stage } from "./stage.ts";

export async function tellEverydayLife(narrator: Narrator, stage: Stage): Promise<void> {
  await aDayPasses(narrator, stage);
  await aMistakeIsTakenBack(narrator, stage);
  await onePersonTwoDirectories(narrator, stage);
}

async function aDayPasses(narrator: Narrator, stage: Stage): Promise<void> {
  const { entra, contoso, okta, fabrikam, plant } = stage;
  narrator.chapter("A day passes", "People come, move and leave, in every directory:");
  narrator.show(
    "   Entra ID  joins     nora.o'neill",
    "             moves     nora.novak from Sales to Finance, with a new title",
    "             marries   ines.ivanov is now ines.bergstrom",
    "             deleted   tom.silva",
    "   Okta      joins     mia.weaver, into Fabrikam Design",
    "             moves     uma.dubois from Fabrikam Design to Fabrikam Sales",
    "             suspended zac.horvat",
    "             leaves    will.fischer (deactivated)",
    ...(plant?.changesInWords ?? []).map(
      (line, at) => `   ${(at === 0 ? "Active D." : "").padEnd(9)} ${line}`,
    ),
  );
  const [moving, marrying] = [contoso.id("nora.novak"), contoso.id("ines.ivanov")];
  const nora = { given: "Nora", surname: "O'Neill", local: "nora.o'neill" };
  entra.addMember(contoso.group("Research"), entra.createUser(staff(entra, nora, "Research")));
  entra.updateUser(moving, { department: "Finance", jobTitle: "Controller" });
  entra.removeMember(contoso.group("Sales"), moving);
  entra.addMember(contoso.group("Finance"), moving);
  entra.updateUser(marrying, { surname: "Bergström", displayName: "Ines Bergström" });
  entra.updateUser(marrying, { userPrincipalName: "ines.bergstrom@contoso.example" });
  entra.softDelete(contoso.id("tom.silva"));
  const mia = okta.users.create(worker({ given: "Mia", surname: "Weaver", local: "mia.weaver" }));
  okta.groups.add(fabrikam.team("Fabrikam Design"), mia);
  okta.groups.remove(fabrikam.team("Fabrikam Design"), fabrikam.id("uma.dubois"));
  okta.groups.add(fabrikam.team("Fabrikam Sales"), fabrikam.id("uma.dubois"));
  okta.users.suspend(fabrikam.id("zac.horvat"));
  okta.users.deactivate(fabrikam.id("will.fischer"));
  await plant?.change();
  narrator.say("The plan for the staff: who, what from and to, and by which rule of the mapping.");
  await narrator.type("rollcall plan staff");
  await narrator.type("rollcall sync");
  look(narrator, stage);
}

async function aMistakeIsTakenBack(narrator: Narrator, stage: Stage): Promise<void> {
  const { entra, contoso, okta, fabrikam } = stage;
  narrator.chapter(
    "A mistake is taken back",
    "tom.silva is restored from Entra ID's recycle bin, zac.horvat may log in again. Whoever leaves is switched off and not deleted, so both get their old accounts back, with their groups.",
  );
  entra.restore(contoso.id("tom.silva"));
  okta.users.unsuspend(fabrikam.id("zac.horvat"));
  await narrator.type("rollcall sync staff fabrikam");
  look(narrator, stage);
}

async function onePersonTwoDirectories(narrator: Narrator, stage: Stage): Promise<void> {
  const { okta } = stage;
  narrator.chapter(
    "One person, two directories",
    "Kim Kaya of Contoso helps at Fabrikam, where somebody enters her with her Contoso login. Two directories must not fight about one account: it stays where it was, and the conflict is named, until a person decides. Everybody else goes on.",
  );
  const kim = { login: "kim.kaya@contoso.example", firstName: "Kim", lastName: "Kaya", title: "Advisor" };
  const id = okta.users.create(kim);
  await narrator.type("rollcall sync fabrikam", 4);
  await narrator.type("rollcall status");
  look(narrator, stage);
  narrator.say("");
  narrator.say("Fabrikam gives her a login of its own, and the conflict is over:");
  okta.users.updateProfile(id, { login: "kim.kaya@fabrikam.example" });
  await narrator.type("rollcall sync fabrikam");
  look(narrator, stage);
}
