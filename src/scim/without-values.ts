/** What may be kept and logged of requests and answers: their form, and no value of a person in it. */

/** Steps of paths that name a kind of thing ("/Users", "/scim/v2") and not a thing, and names of parameters. */
const placeNames = wordsOf(`
  users groups bulk me schemas resourcetypes serviceproviderconfig scim api apps oauth2 token v1 v1.0 v2 beta delta members memberof
  directoryobjects serviceprincipals approleassignedto organization applications getbyids logs .well-known okta-organization
  filter count startindex cursor attributes excludedattributes $select $filter $top $expand $search search q after limit since until sortby sortorder`);

/** "/Users/42?filter=userName eq "ann"" becomes "/Users/{id}?filter=userName eq ..." */
export function pathWithoutValues(path: string): string {
  const [place = "", query = ""] = path.split(/\?(.*)/s, 2);
  const steps = place.split("/").map((step) => (step === "" || isPlace(step) ? step : "{id}"));
  const parameters = query.split("&").map((part) => {
    const [name = "", value = ""] = part.split(/=(.*)/s, 2);
    return isPlace(decoded(name)) ? `${decoded(name)}=${parameterValue(decoded(value))}` : "...";
  });
  return `${steps.join("/")}${query === "" ? "" : `?${parameters.join("&")}`}`;
}

function isPlace(text: string): boolean {
  return placeNames.has(text.toLowerCase());
}

/** Of a filter its attribute and operator (RFC 7644 3.4.2.2), of others their words. */
function parameterValue(value: string): string {
  const [, attribute = "", operator = ""] = /^([A-Za-z.]+) (eq|co|sw|ew|gt|ge|lt|le) /.exec(value) ?? [];
  return attribute === "" ? textWithoutValues(value) : `${textWithoutValues(attribute)} ${operator} ...`;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    return "";
  }
}

/**
 * A sentence of a server without every word that is not in everyday use in such sentences. Names, addresses, identifiers and tokens do not
 * stand in that list, whatever form they have; a word too many is left out rather than one too few. At most 200 characters.
 */
export function textWithoutValues(text: string): string {
  return text
    .slice(0, 1_000)
    .replace(/[^\p{L}\p{N}\p{P}\p{S}]+/gu, " ")
    .replace(/[^\s"'`,;:!?()[\]{}<>|=]+/gu, (word) => {
      const bare = word.replace(/\.+$/, "");
      return bare.split(/[./]/).every((each) => vocabulary.has(each.toLowerCase())) ? word : "...";
    })
    .replace(/\.\.\.(?:[\s"'`,;:()[\]{}<>|=]*\.\.\.)+/g, "...")
    .trim()
    .slice(0, 200);
}

/** What services say of requests, and the attributes of RFC 7643 that they say it of. No word of it is much of a name. */
const vocabulary = wordsOf(`
  a about above accept accepted access account accounts action active add admin administrator again all allow allowed already also an and another any
  api application are argument array as at attribute attributes auth authenticate authenticated authentication authorization authorized bad base be
  bearer because been before below between blank body boolean but by bytes call called can cannot cause change changed character characters
  check client code conflict conflicting connect connection constraint contact contain contains content could create created credential credentials
  currently data database date deactivate deactivated default delete deleted denied deprecated different directory disable disabled do does domain
  duplicate duplicated each either email emails empty enable enabled endpoint enterprise entity entry error errors exceed exceeded exceeds exist existing
  exists expected expired extension fail failed failing failure false field fields filter for forbidden format found from full function get group groups
  has have header http id identifier if illegal immutable in inactive incorrect input insufficient integer internal invalid invalidated is
  it items its json key large later least length less letters licence licences license licenses limit limited list long longer login logged
  malformed management managed manager matches matching maximum may media member members message method minimum missing modified modify more most must
  name names need needs new no non none not null number object objects of off on one only operation operations operator option or organization other
  out page parameter parse parsed part password patch path payload pending permission permissions permitted please policy post precondition present
  primary privileges problem process processed processing profile property provide provided provisioning put query quota rate read readonly reached
  reason record records reference referenced refused reject rejected remove removed replace request requested requests require required requires
  reserved resource resources response restricted retry revoked right rights role roles rule same schema schemas scim scope scopes seat seats sent server service set
  short should size some something special specified state status string structure subscription subtype such supplied support supported
  suspended syntax system taken target temporarily tenant than that the their then there these they this time to token too true try twice type types
  unable unauthorized unavailable undefined unexpected unique uniqueness unknown unprocessable unrecognized unsupported until update updated uri url
  urn use used user username users valid validate validation value values verify version violates violation was we web were when which with within without
  write wrong you your zero
  externalid userprincipalname displayname nickname profileurl title usertype preferredlanguage locale timezone phonenumbers ims photos addresses
  entitlements x509certificates givenname familyname middlename formatted honorificprefix honorificsuffix streetaddress locality region postalcode
  country employeenumber costcenter division department displayvalue work home mobile fax meta location resourcetype etag
  invalidfilter toomany mutability invalidsyntax invalidpath notarget invalidvalue invalidvers sensitive invalidcredentials`);

function wordsOf(text: string): ReadonlySet<string> {
  return new Set(text.trim().split(/\s+/));
}
