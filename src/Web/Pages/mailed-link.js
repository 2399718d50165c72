// What the pages behind mailed links do: each form goes as JSON to a door of the API, on its reader's click and never before, because
// mail scanners open links too. The token leaves the address at once, so that nobody reads it there or copies it along; it stays with
// this entry of the tab's history until it is used, so that the page can be loaded again.

const forms = document.querySelectorAll("form");
const tokenInLink = new URLSearchParams(location.search).get("token") ?? history.state?.token;
history.replaceState({ token: tokenInLink }, "", location.pathname);

for (const form of forms) {
  if (form.elements.token && tokenInLink) {
    form.elements.token.value = tokenInLink;
    form.querySelector("[data-without-token]").hidden = true;
  }

  form.hidden = form.dataset.begin === "later";
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send(form);
  });
}

for (const choice of document.querySelectorAll("[data-shows]")) {
  const field = document.getElementById(choice.dataset.shows);
  choice.addEventListener("change", () => (field.type = choice.checked ? "text" : "password"));
}

async function send(form) {
  const button = form.querySelector("button");
  if (button.getAttribute("aria-disabled") === "true") {
    return;
  }

  button.setAttribute("aria-disabled", "true");
  refuse(form, "");
  try {
    const answer = await fetch(`api/v1/auth/${form.dataset.door}`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      credentials: "omit",
      body: JSON.stringify(Object.fromEntries(new FormData(form))),
    });
    if (answer.ok) {
      finish(form);
    } else {
      const problem = await answer.json();
      refuse(form, problem.detail ?? problem.title, Object.keys(problem.errors ?? {})[0]);
      if (problem.code === "invalid_token") {
        offer(form);
      }
    }
  } catch {
    refuse(form, "The server does not answer. Try again in a moment.");
  } finally {
    button.removeAttribute("aria-disabled");
  }
}

function finish(form) {
  for (const other of forms) {
    other.reset();
    other.hidden = true;
  }

  // The token is used up; nothing of it stays.
  history.replaceState(null, "", location.pathname);
  show(form.dataset.done);
}

// A link that is over is of no use, and neither is a code to be typed in its place.
function offer(form) {
  const instead = document.getElementById(form.dataset.instead);
  if (instead) {
    instead.hidden = false;
  }
}

function refuse(form, text, name) {
  const field = name && form.elements[name];
  for (const other of form.elements) {
    other.removeAttribute("aria-invalid");
  }

  form.querySelector(".refusal").textContent = text;
  if (field && field.offsetParent) {
    field.setAttribute("aria-invalid", "true");
    field.focus();
  }
}

function show(id) {
  const section = document.getElementById(id);
  section.hidden = false;
  section.querySelector("h2").focus();
}
