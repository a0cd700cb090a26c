// The table of circuits: filtered as one types, changed in place as events come.
"use strict";
(() => {
  const LITTLE_LEFT = 25; // percent of a budget
  const SHAPES = { up: "▲", down: "▼", unknown: "?" };
  const NEEDS = { down: 0, unknown: 1 };
  const table = document.getElementById("circuits");
  if (!table) return;
  const body = table.tBodies[0];
  let rows = new Map([...body.rows].map((row) => [row.dataset.id, row]));
  const form = document.querySelector("form.filters");

  // --- filters
  const known = new WeakMap(); // what a row can be found by, until it shows something else
  const words = (row) => {
    if (!known.has(row)) {
      const cause = row.querySelector(".cause")?.textContent ?? "";
      known.set(row, `${row.cells[0].textContent} ${row.dataset.site} ${cause}`.toLowerCase());
    }
    return known.get(row);
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
    let keeping = 0;
    form.querySelector("button").hidden = true;
    form.addEventListener("input", () => {
      cancelAnimationFrame(pending);
      clearTimeout(keeping); // browsers refuse an address that changes with every key
      pending = requestAnimationFrame(filter);
      keeping = setTimeout(keep, 200);
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
  const text = (where, said) => {
    if (where.textContent !== said) where.textContent = said;
  };
  const moved = new Set(); // rows that may stand elsewhere now

  const same = (row, now) => row.className === now.status && row.querySelector("time").dateTime === now.since
    && Boolean(row.querySelector(".provisional")) === now.provisional
    && (row.querySelector(".cause")?.textContent ?? "") === (now.status === "up" ? "" : now.cause ?? "")
    && Boolean(row.querySelector("a.badge")) === (now.outage_ticketed === false);

  const show = (row, now) => {
    const cell = row.cells[1];
    if (row.className !== now.status) {
      cell.classList.remove("changed");
      requestAnimationFrame(() => cell.classList.add("changed")); // so that the same animation begins again
    }
    if (row.className !== now.status || row.querySelector("time").dateTime !== now.since) moved.add(row);
    row.className = now.status;
    known.delete(row);
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
    const row = told.metric === "availability_ratio" && rows.get(told.circuit);
    if (!row || told.measured === null) return;
    let share = row.querySelector(".share");
    if (!share) { // the first figure of a new contract or period
      share = element("span", "share", "");
      row.cells[2].querySelector(".nothing")?.replaceWith(share);
    }
    text(share, percent(told.measured));
    share.classList.toggle("bad-text", told.violated === true);
    const seconds = told.budget_remaining_seconds;
    const left = row.querySelector(".rest");
    if (left && seconds !== null) text(left, `${live.span(Math.round(Math.abs(seconds)))} ${seconds < 0 ? "over" : "left"}`);
    const bar = row.querySelector("svg.bar");
    if (bar && seconds !== null && Number(bar.dataset.whole)) budget(bar, seconds);
  };
  const budget = (bar, seconds) => {
    const share = Math.max(0, Math.min(100, Math.round((100 * seconds) / bar.dataset.whole)));
    let left = bar.querySelector(".left");
    if (!left) {
      left = picture("path", { class: "left" });
      bar.append(left);
    }
    left.setAttribute("d", share ? `M0 0h${share}v4H0z` : "");
    bar.setAttribute("class", `bar ${seconds < 0 ? "bad" : share <= LITTLE_LEFT ? "low" : ""}`);
  };
  // The last round: RTT and loss.
  const round = (told) => {
    const cell = rows.get(told.circuit)?.cells[4];
    if (!cell) return;
    const [rtt, loss] = [cell.firstChild, cell.querySelector("small")];
    const said = told.rtt_seconds === null ? "–" : `${(1000 * told.rtt_seconds).toFixed(2)} ms`;
    if (rtt.nodeValue !== said) rtt.nodeValue = said;
    const share = told.loss === null ? "" : `${(100 * told.loss).toFixed(0)}%`;
    const lost = share === "0%" ? "no loss" : share && `${share} loss`;
    if (loss.textContent !== lost) loss.replaceChildren(share && share !== "0%" ? element("span", "bad-text", lost) : lost);
  };
  // The last 24 hours: paths as the server draws them.
  const picture = (name, attributes) => {
    const made = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    return made;
  };
  const line = (told) => {
    const cell = rows.get(told.circuit)?.cells[3];
    if (!cell) return;
    let [loss, rtt] = cell.querySelectorAll("svg.spark path");
    if (!rtt) {
      const svg = picture("svg", { class: "spark", viewBox: "0 0 47 16", preserveAspectRatio: "none", "aria-hidden": "true" });
      [loss, rtt] = [picture("path", { class: "l" }), picture("path", {})];
      svg.append(loss, rtt);
      cell.replaceChildren(svg);
    }
    loss.setAttribute("d", told.loss);
    rtt.setAttribute("d", told.rtt);
  };
  const gone = (name) => {
    const row = rows.get(name);
    rows.delete(name);
    moved.delete(row);
    row?.remove();
  };
  const counted = () => {
    const found = { up: 0, down: 0, unknown: 0 };
    for (const [name, row] of rows) found[waiting.circuits.get(name)?.status ?? row.className] += 1;
    for (const [status, count] of Object.entries(found)) {
      const shown = document.querySelector(`[data-count="${status}"]`);
      if (!shown) continue;
      shown.textContent = count;
      shown.parentElement.classList.toggle("none", !count);
    }
    document.title = document.title.replace(/^\d+ down, \d+ up/, `${found.down} down, ${found.up} up`);
  };
  // Rows move only while nobody reads or aims at one; those that stay in their order are not touched.
  const sort = () => {
    if (!moved.size || table.matches(":hover") || table.contains(document.activeElement)) return;
    for (const row of moved) row.remove();
    moved.clear();
    const since = new Map([...rows.values()].map((row) => [row, Date.parse(row.querySelector("time").dateTime)]));
    const order = [...rows.values()].sort((a, b) => a.dataset.need - b.dataset.need
      || (a.dataset.need < 2 ? since.get(a) - since.get(b) : 0));
    let at = body.firstElementChild;
    for (const row of order) {
      if (row === at) at = at.nextElementSibling;
      else body.insertBefore(row, at);
    }
    rows = new Map(order.map((row) => [row.dataset.id, row]));
  };
  const status = (now) => {
    const row = rows.get(now.circuit);
    if (row && !same(row, now)) show(row, now);
  };
  const settle = () => {
    if ("atOnce" in form.dataset) {
      counted();
      filter();
    }
    sort();
  };

  // What comes is drawn at the next frame, the newest of each only; in a hidden tab the title alone is kept.
  const DRAW = { circuits: status, figures: figure, rounds: round, lines: line, gone };
  const waiting = Object.fromEntries(Object.keys(DRAW).map((name) => [name, new Map()]));
  let frame = 0;
  const draw = () => {
    frame = 0;
    let settled = true;
    for (const [name, told] of Object.entries(waiting)) {
      if (told.size && (name === "circuits" || name === "gone")) settled = false;
      for (const one of told.values()) DRAW[name](one);
      told.clear();
    }
    if (!settled) settle();
  };
  const soon = () => {
    if (!document.hidden && !frame) frame = requestAnimationFrame(draw);
  };
  const key = (name, one) => (name === "gone" ? one : name === "figures" ? `${one.circuit} ${one.objective}` : one.circuit);
  const heard = (name) => (told) => {
    for (const one of told) waiting[name].set(key(name, one), one);
    if (document.hidden && "atOnce" in form.dataset) counted();
    soon();
  };
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) return;
    live.count();
    soon();
  });

  const lost = (text) => {
    note.hidden = !text;
    note.textContent = text;
  };
  if (!document.querySelector(".demo")) {
    live.listen(Object.fromEntries(Object.keys(DRAW).map((name) => [name, heard(name)])), lost);
    setInterval(() => {
      if (document.hidden) return;
      live.count();
      sort();
    }, 15000);
  }
})();
