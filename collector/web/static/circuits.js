// The table of circuits: filtered as one types, changed in place as events come.
"use strict";
(() => {
  const SHAPES = { up: "▲", down: "▼", unknown: "?" };
  const NEEDS = { down: 0, unknown: 1 };
  const table = document.getElementById("circuits");
  if (!table) return;
  const body = table.tBodies[0];
  const rows = new Map([...body.rows].map((row) => [row.dataset.id, row]));
  const form = document.querySelector("form.filters");

  // --- filters
  const words = (row) => {
    const cause = row.querySelector(".cause");
    return `${row.cells[0].textContent} ${row.dataset.site} ${cause ? cause.textContent : ""}`.toLowerCase();
  };
  const asked = () => Object.fromEntries(new FormData(form));
  const filter = () => {
    const { q, carrier, site, status } = asked();
    const looked = q.toLowerCase().split(/\s+/).filter(Boolean);
    let passing = 0;
    for (const row of rows.values()) {
      const passes = (!carrier || row.dataset.carrier === carrier) && (!site || row.dataset.site === site)
        && (!status || row.className === status) && (!looked.length || looked.every((word) => words(row).includes(word)));
      if (row.hidden === passes) row.hidden = !passes;
      passing += passes;
    }
    document.getElementById("passing").textContent = passing;
    document.getElementById("none").hidden = passing > 0;
  };
  const keep = () => {
    const said = Object.entries(asked()).filter(([, value]) => value);
    const query = new URLSearchParams(said).toString();
    history.replaceState(null, "", location.pathname + (query ? `?${query}` : ""));
  };
  if ("atOnce" in form.dataset) {
    let pending = 0;
    form.querySelector("button").hidden = true;
    form.addEventListener("input", () => {
      cancelAnimationFrame(pending);
      pending = requestAnimationFrame(() => { filter(); keep(); });
    });
    form.addEventListener("submit", (event) => event.preventDefault());
    addEventListener("keydown", (event) => {
      if (event.key === "/" && !/^(INPUT|SELECT|TEXTAREA)$/.test(document.activeElement.tagName)) {
        event.preventDefault();
        form.elements.q.focus();
      }
    });
  } else {
    form.addEventListener("change", () => form.requestSubmit());
  }

  // --- events
  const note = document.getElementById("live");
  const element = (name, className, text) => Object.assign(document.createElement(name), { className, textContent: text });
  let unsorted = false;

  const same = (row, now) => row.className === now.status && row.querySelector("time").dateTime === now.since
    && Boolean(row.querySelector(".provisional")) === now.provisional
    && (row.querySelector(".cause")?.textContent ?? "") === (now.status === "up" ? "" : now.cause ?? "")
    && Boolean(row.querySelector("a.badge")) === (now.outage_ticketed === false);

  const show = (row, now) => {
    const cell = row.cells[1];
    if (row.className !== now.status) {
      cell.classList.remove("changed");
      void row.offsetWidth; // so that the same animation begins again
      cell.classList.add("changed");
      unsorted = true;
    }
    row.className = now.status;
    const since = Object.assign(document.createElement("time"), { dateTime: now.since, title: now.since });
    since.dataset.for = "";
    since.textContent = live.span((Date.now() - Date.parse(now.since)) / 1000);
    const status = element("span", `status ${now.status}`, "");
    const shape = element("span", "", SHAPES[now.status]);
    shape.ariaHidden = "true";
    status.append(shape, ` ${now.status}`);
    const parts = [status, " ", since];
    if (now.provisional) parts.push(" ", element("span", "badge provisional", "provisional"));
    if (now.common_cause) parts.push(" ", element("span", "badge soon", "common cause"));
    if (now.outage_ticketed === false) {
      const link = element("a", "badge bad", "no ticket yet");
      link.href = `/outages/${encodeURIComponent(now.circuit)}/${encodeURIComponent(now.since)}`;
      parts.push(" ", link);
    }
    if (now.cause && now.status !== "up") parts.push(element("small", "cause", now.cause));
    cell.replaceChildren(...parts);
    row.dataset.need = now.status in NEEDS ? NEEDS[now.status] : Math.max(row.dataset.need, 2);
  };

  // A ratio as a percentage, cut and not rounded, as the server writes it.
  const percent = (ratio) => {
    const text = (ratio * 100).toFixed(8);
    return `${text.slice(0, text.indexOf(".") + 5)}%`;
  };
  const figure = (told) => {
    const share = told.metric === "availability_ratio" && rows.get(told.circuit)?.querySelector(".share");
    if (!share || told.measured === null) return;
    share.textContent = percent(told.measured);
    share.classList.toggle("bad-text", told.violated === true);
    const left = rows.get(told.circuit).querySelector(".rest");
    const seconds = told.budget_remaining_seconds;
    if (left && seconds !== null) left.textContent = `${live.span(Math.abs(seconds))} ${seconds < 0 ? "over" : "left"}`;
  };
  const counted = () => {
    const found = { up: 0, down: 0, unknown: 0 };
    for (const row of rows.values()) found[row.className] += 1;
    for (const [status, count] of Object.entries(found)) {
      const shown = document.querySelector(`[data-count="${status}"]`);
      if (!shown) continue;
      shown.textContent = count;
      shown.parentElement.classList.toggle("none", !count);
    }
    document.title = document.title.replace(/^\d+ down, \d+ up/, `${found.down} down, ${found.up} up`);
  };
  // Rows move only while nobody reads or aims at one.
  const sort = () => {
    if (!unsorted || table.matches(":hover") || table.contains(document.activeElement)) return;
    unsorted = false;
    const since = (row) => Date.parse(row.querySelector("time").dateTime);
    const order = [...rows.values()].sort((a, b) => a.dataset.need - b.dataset.need
      || (a.dataset.need < 2 ? since(a) - since(b) : 0));
    body.append(...order);
  };
  const changed = (told) => {
    for (const now of told) {
      const row = rows.get(now.circuit);
      if (row && !same(row, now)) show(row, now);
    }
    if ("atOnce" in form.dataset) {
      counted();
      filter();
    }
    sort();
  };

  const lost = (text) => {
    note.hidden = !text;
    note.textContent = text;
  };
  if (!document.querySelector(".demo")) {
    live.listen({ circuits: changed, figures: (told) => told.forEach(figure) }, lost);
    setInterval(() => { live.count(); sort(); }, 15000);
  }
})();
