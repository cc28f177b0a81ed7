// A resident registers by themselves: the door's code behind the # gives the house, or they choose it by postcode.
// What stands behind the # is sent by no browser and kept in no log; here it goes into bodies of requests to this service
// alone, and what is typed likewise: no address holds either.

const at = (id) => document.getElementById(id);
const show = (id, shown = true) => {
  at(id).hidden = !shown;
};
const form = at("form");
let token = location.hash.slice(1);
for (const language of document.querySelectorAll(".languages a")) language.hash = location.hash;

/** Shows what is wrong, in the page's language, and puts the reader there. */
function complain(...reasons) {
  for (const line of document.querySelectorAll("#problem [data-for]")) {
    line.hidden = !reasons.includes(line.dataset.for);
  }
  show("problem", reasons.length > 0);
  if (reasons.length > 0) at("problem").focus();
}

/** The answer's JSON; null after telling what is wrong. `where` is the reason to tell for a status. */
async function ask(path, body, where) {
  const options = { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
  try {
    const answer = await fetch(path, options);
    const said = await answer.json();
    if (answer.ok) return said;
    complain(...[answer.status === 429 ? "many" : where(answer.status, said)].flat());
  } catch {
    complain("failed");
  }
  return null;
}

function search() {
  token = "";
  show("known", false);
  show("search");
}

async function findHouses() {
  complain();
  const postcode = at("postcode").value.trim();
  const found = await ask("/api/registrations/houses/look-ups", { postcode }, () => "none");
  const rows = found?.rows ?? [];
  if (found && rows.length === 0) complain("none");
  at("house").replaceChildren(...rows.map((house) => new Option(house.address, house.uprn)));
  show("houses", rows.length > 0);
  if (rows.length > 0) at("house").focus();
}

function entered() {
  const value = (id) => at(id).value.trim();
  const place = token ? { token } : { postcode: value("postcode"), uprn: at("house").value };
  const choices = [...document.querySelectorAll("#demographics select")].filter((list) => list.value);
  return {
    ...place,
    name: value("name"),
    email: value("email") || null,
    phone: value("phone") || null,
    language: form.dataset.language,
    groups: value("groups").split(",").map((group) => group.trim()).filter(Boolean),
    consents: [...document.querySelectorAll("#consents input")].map((box) => ({
      purpose: box.value,
      wording: form.dataset.wording,
      given: box.checked,
    })),
    demographics: Object.fromEntries(choices.map((list) => [list.name, list.value])),
  };
}

const REASONS = { name: "name", email: "contact", phone: "contact", uprn: "place", postcode: "place" };

function reasonsOf(status, problem) {
  if (status === 410) {
    search();
    return "ended";
  }
  const fields = Object.keys(problem.errors ?? {});
  return fields.length > 0 ? fields.map((field) => REASONS[field] ?? "rest") : "rest";
}

async function send(event) {
  event.preventDefault();
  complain();
  at("send").disabled = true;
  const taken = await ask("/api/registrations", entered(), reasonsOf);
  at("send").disabled = false;
  if (taken === null) return;
  form.reset();
  show("form", false);
  show("done");
  at("done").focus();
}

at("other").addEventListener("click", search);
at("find").addEventListener("click", findHouses);
form.addEventListener("submit", send);
show("form");
if (token) {
  const house = await ask("/api/registrations/house/look-ups", { token }, () => "ended");
  if (house) {
    at("address").textContent = house.address;
    show("known");
  } else {
    search();
  }
} else {
  search();
}
