// Confirms or removes a registration by the link that was sent to its contact: the link's token stands behind the #.
// Nothing happens until a button is pressed, because mail programs open links by themselves.

const link = location.hash.slice(1);
for (const language of document.querySelectorAll(".languages a")) language.hash = location.hash;
const at = (id) => document.getElementById(id);
const tell = (what) => {
  for (const line of document.querySelectorAll("[data-for]")) line.hidden = line.dataset.for !== what;
};

async function send(what) {
  try {
    const answer = await fetch(`/api/registrations/${what}`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ link }),
    });
    at("ask").hidden = answer.ok || answer.status === 410;
    tell(answer.ok ? what : answer.status === 429 ? "many" : answer.status < 500 ? "gone" : "failed");
  } catch {
    tell("failed");
  }
}

at("yes").addEventListener("click", () => send("confirm"));
at("no").addEventListener("click", () => send("decline"));
at("ask").hidden = link === "";
if (link === "") tell("gone");
