/** Chapters of ordinary days: people come, move and leave; a mistake is taken back; one person is in two directories. */
import { staff } from "./contoso.ts";
import { lookInto, type Seen } from "./embedded-directory.ts";
import { worker } from "./fabrikam.ts";
import { expectSameAccount, look } from "./look.ts";
import type { Narrator } from "./narrator.ts";
import type { Stage } from "./stage.ts";

export async function tellEverydayLife(narrator: Narrator, stage: Stage): Promise<void> {
  const [tom, zac] = ["tom.silva@contoso.example", "zac.horvat@fabrikam.example"] as const;
  const before = lookInto(stage.directory);
  await aDayPasses(narrator, stage);
  await aMistakeIsTakenBack(narrator, stage, [before, tom, zac]);
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
    ...(plant?.changesInWords ?? []).map((line, at) => `   ${(at === 0 ? "AD" : "").padEnd(9)} ${line}`),
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

async function aMistakeIsTakenBack(
  narrator: Narrator,
  stage: Stage,
  [before, tom, zac]: readonly [Seen, string, string],
): Promise<void> {
  const { entra, contoso, okta, fabrikam } = stage;
  narrator.chapter(
    "A mistake is taken back",
    "tom.silva is restored from Entra ID's recycle bin, zac.horvat may log in again. Whoever leaves is switched off and not deleted, so both get their old accounts back, with their groups.",
  );
  entra.restore(contoso.id("tom.silva"));
  okta.users.unsuspend(fabrikam.id("zac.horvat"));
  await narrator.type("rollcall sync staff fabrikam");
  const after = look(narrator, stage);
  expectSameAccount(before, after, tom);
  expectSameAccount(before, after, zac);
}

async function onePersonTwoDirectories(narrator: Narrator, stage: Stage): Promise<void> {
  const { entra, contoso, okta } = stage;
  narrator.chapter(
    "One person, two directories",
    "Kim Kaya of Contoso is to move to Fabrikam, where somebody enters her early. Two directories must not fight about one account: it stays where it was, and the conflict is named. Everybody else goes on.",
  );
  const login = "kim.kaya@contoso.example";
  okta.users.create({ login, firstName: "Kim", lastName: "Kaya", title: "Advisor" });
  await narrator.type("rollcall sync fabrikam", 4);
  await narrator.type("rollcall status fabrikam");
  const before = look(narrator, stage);
  narrator.chapter(
    "She moves",
    "Contoso deletes her in Entra ID, which sets the account free. Fabrikam does not take it over unasked: two people may have had the same name. A person looks, and says yes, with a reason.",
  );
  entra.softDelete(contoso.id("kim.kaya"));
  await narrator.type("rollcall sync staff fabrikam", 3);
  await narrator.type("rollcall held list");
  await narrator.type('rollcall held approve adoptions --reason "HR: Kim moves to Fabrikam"');
  await narrator.type("rollcall sync fabrikam");
  expectSameAccount(before, look(narrator, stage), login);
  narrator.seen("She has the account that she had.");
}
