// The charts of a circuit: fetched for the time that is looked at, finer as one zooms, all moving together.
"use strict";
(() => {
  const root = document.getElementById("charts");
  if (!root) return;
  root.hidden = false;
  const SHORTEST = 120;
  const LONGEST = 9 * 366 * 86400;
  const first = { from: +root.dataset.from, to: +root.dataset.to };
  const state = { ...first, range: root.dataset.range, fit: new URLSearchParams(location.search).get("scale") === "fit", usual: new URLSearchParams(location.search).get("usual") !== "no" };
  const zone = root.dataset.zone;
  const plots = {};
  const held = { rtt: null, load: null, bands: [] };
  let of = smoke.colours(root);
  let under = null; // the request that is under way

  const iso = (seconds) => new Date(seconds * 1000).toISOString().replace(/\.\d+Z$/, "Z");
  // A time as the server writes it, the zone's name too: browsers know that in some languages only.
  const ZONES = JSON.parse(root.dataset.zones);
  const parts = new Intl.DateTimeFormat("en-GB", {
    timeZone: zone, day: "2-digit", month: "2-digit", year: "numeric", hour: "2-digit", minute: "2-digit",
    second: "2-digit", hourCycle: "h23", timeZoneName: "longOffset",
  });
  const MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");
  const there = (seconds) => {
    const at = Object.fromEntries(parts.formatToParts(seconds * 1000).map(({ type, value }) => [type, value]));
    const clock = `${at.hour}:${at.minute}${at.second === "00" ? "" : `:${at.second}`}`;
    return `${at.day} ${MONTHS[at.month - 1]} ${at.year} ${clock} ${ZONES[at.timeZoneName === "GMT" ? "GMT+00:00" : at.timeZoneName] ?? at.timeZoneName}`;
  };
  const ms = (seconds) => (seconds === null || seconds === undefined ? null : seconds * 1000);
  const inMs = (values) => values.map(ms);
  const told = (value) => (value === null ? "–" : `${value.toFixed(value < 100 ? 2 : 1)} ms`);
  const percent = (ratio) => (ratio === null ? "–" : `${(100 * ratio).toFixed(ratio > 0 && ratio < 0.1 ? 2 : 0)}%`);

  // --- what is fetched
  const problem = (text) => {
    const said = document.getElementById("chart-problem");
    said.hidden = !text;
    said.textContent = text;
  };
  const series = async (metric, signal) => {
    const query = new URLSearchParams({ metric, from: iso(state.from), to: iso(state.to), points: "800" });
    const answer = await fetch(`/api/v1/circuits/${encodeURIComponent(root.dataset.circuit)}/series?${query}`, { signal });
    const body = await answer.json();
    if (!answer.ok) throw new Error(body.detail || body.title || answer.statusText);
    return body;
  };
  const load = async () => {
    under?.abort();
    const mine = under = new AbortController();
    root.setAttribute("aria-busy", "true");
    try {
      const rtt = await series("rtt", mine.signal);
      for (const name of ["p5", "p25", "p50", "p75", "p95", "jitter"]) rtt[name] = inMs(rtt[name] || rtt.at.map(() => null));
      for (const name of ["low", "middle", "high"]) if (rtt.usual?.[name]) rtt.usual[name] = inMs(rtt.usual[name]);
      held.rtt = rtt;
      held.bands = rtt.bands || [];
      problem("");
      draw();
      if (held.load !== "none") {
        held.load = await series("utilisation", mine.signal).catch((error) => {
          if (error.name === "AbortError") throw error;
          return "none"; // no interface of it is read
        });
        draw();
      }
    } catch (error) {
      if (error.name !== "AbortError") problem(`The numbers can't be shown: ${error.message}`);
    } finally {
      if (under === mine) root.removeAttribute("aria-busy");
    }
  };
  let pending = 0;
  const later = (wait) => {
    clearTimeout(pending);
    pending = setTimeout(load, wait);
  };

  // --- where one looks
  const keep = () => {
    const url = new URL(location.href);
    for (const name of ["from", "to", "range", "scale", "usual"]) url.searchParams.delete(name);
    if (!state.usual) url.searchParams.set("usual", "no");
    if (state.fit) url.searchParams.set("scale", "fit");
    if (state.range) url.searchParams.set("range", state.range);
    else {
      url.searchParams.set("from", iso(state.from));
      url.searchParams.set("to", iso(state.to));
    }
    history.replaceState(null, "", url);
    for (const link of document.querySelectorAll(".choices a")) {
      const range = new URL(link.href).searchParams.get("range");
      if (range === state.range) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    }
    const rounds = document.getElementById("to-rounds");
    const from = Math.max(state.from, state.to - rounds.dataset.longest);
    rounds.search = new URLSearchParams({ from: iso(from), to: iso(state.to) });
  };
  const move = (from, to, wait = 150, range = "") => {
    let length = Math.min(Math.max(to - from, SHORTEST), LONGEST);
    const middle = (from + to) / 2;
    state.from = Math.max(Math.round(middle - length / 2), 0);
    state.to = Math.round(state.from + length);
    state.range = range;
    for (const plot of Object.values(plots)) plot.setScale("x", { min: state.from, max: state.to });
    keep();
    later(wait);
  };
  const zoom = (factor, at = (state.from + state.to) / 2) => {
    const length = (state.to - state.from) * factor;
    if (length < SHORTEST && factor < 1) return;
    move(at - (at - state.from) * factor, at + (state.to - at) * factor);
  };
  const pan = (share) => {
    const step = (state.to - state.from) * share;
    move(state.from + step, state.to + step);
  };
  const reset = () => move(first.from, first.to, 0, root.dataset.range);

  // --- hands
  const hands = (u) => {
    const { over } = u;
    over.addEventListener("wheel", (event) => {
      event.preventDefault();
      zoom(event.deltaY > 0 ? 1.25 : 0.8, u.posToVal(event.offsetX, "x"));
    }, { passive: false });
    over.addEventListener("dblclick", reset);
    const drag = (event) => {
      const touch = event.pointerType === "touch";
      if (!event.shiftKey && !touch) return;
      event.stopImmediatePropagation();
      event.preventDefault();
      const begin = { x: event.clientX, from: state.from, to: state.to };
      const follow = (moved) => {
        const shift = (begin.x - moved.clientX) * (begin.to - begin.from) / over.clientWidth;
        if (Math.abs(begin.x - moved.clientX) > 3) move(begin.from + shift, begin.to + shift, 250);
      };
      const end = () => {
        removeEventListener("pointermove", follow);
        removeEventListener("pointerup", end);
        removeEventListener("pointercancel", end);
      };
      addEventListener("pointermove", follow);
      addEventListener("pointerup", end);
      addEventListener("pointercancel", end);
    };
    over.addEventListener("pointerdown", drag, true);
    // uPlot listens to mouse events: a drag with Shift is ours
    over.addEventListener("mousedown", (event) => { if (event.shiftKey) event.stopImmediatePropagation(); }, true);
  };
  const KEYS = {
    ArrowLeft: () => pan(-0.25), ArrowRight: () => pan(0.25), PageUp: () => pan(-1), PageDown: () => pan(1),
    "+": () => zoom(0.5), "=": () => zoom(0.5), ArrowUp: () => zoom(0.5),
    "-": () => zoom(2), ArrowDown: () => zoom(2), 0: reset, Escape: reset,
  };
  document.getElementById("chart-rtt").addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !(event.key in KEYS)) return;
    event.preventDefault();
    KEYS[event.key]();
  });
  for (const link of document.querySelectorAll(".choices a")) {
    link.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      const lengths = { hour: 3600, "6h": 21600, day: 86400, week: 604800, month: 2678400, quarter: 7948800, year: 31622400, "2years": 63158400 };
      const range = new URL(link.href).searchParams.get("range");
      const now = "stands" in root.dataset ? +root.dataset.now : Math.floor(Date.now() / 1000);
      move(now - lengths[range], now, 0, range);
    });
  }

  // --- what is said of the place under the pointer
  const readout = document.getElementById("readout");
  const say = (u) => {
    const curve = held.rtt;
    const i = u.cursor.idx;
    if (!curve || i === null || i === undefined || u.cursor.left < 0) {
      const steps = curve ? `a point every ${live.span(curve.step_seconds)}` : "";
      readout.textContent = curve ? `${there(state.from)} to ${there(state.to)}, ${steps}` : "";
      return;
    }
    const at = curve.at[i];
    const shaded = held.bands.filter(([from, to]) => from <= at && at < to).map(([, , kind, label]) => label || smoke.KINDS[kind][1]);
    const strong = document.createElement("b");
    strong.textContent = told(curve.p50[i]);
    const time = Object.assign(document.createElement("time"), { dateTime: iso(at), title: iso(at), textContent: there(at) });
    readout.replaceChildren(time, "  median ", strong, `  p5–p95 ${told(curve.p5[i])} – ${told(curve.p95[i])}`,
      ...(drawn() && curve.usual.low[i] !== null ? [`  usually ${told(curve.usual.low[i])} – ${told(curve.usual.high[i])}`] : []),
      `  loss ${percent(curve.loss[i])}`, `  jitter ${told(curve.jitter[i])}`, ...(shaded.length ? [`  ${shaded.join(", ")}`] : []));
  };

  // --- the plots
  const axis = (values, size) => ({
    stroke: () => of["--quiet"], grid: { stroke: () => of["--line"], width: 1 }, ticks: { show: false },
    font: `${Math.round(parseFloat(getComputedStyle(root).fontSize) * 0.8667)}px system-ui, sans-serif`, size, values,
  });
  // Hours and days as a 24-hour clock shows them.
  const TIMES = [
    [31536000, "{YYYY}", null, null, null, null, null, null, 1],
    [2419200, "{MMM}", "\n{YYYY}", null, null, null, null, null, 1],
    [86400, "{D} {MMM}", "\n{YYYY}", null, null, null, null, null, 1],
    [3600, "{HH}:{mm}", "\n{D} {MMM} {YYYY}", null, "\n{D} {MMM}", null, null, null, 1],
    [60, "{HH}:{mm}", "\n{D} {MMM} {YYYY}", null, "\n{D} {MMM}", null, null, null, 1],
    [1, "{HH}:{mm}:{ss}", "\n{D} {MMM} {YYYY}", null, "\n{D} {MMM}", null, null, null, 1],
  ];
  // Where there is no room for two dates side by side, they do without the year: it stands above the chart.
  const NARROW = TIMES.map((one) => one.map((form) => (typeof form === "string" ? form.replace("\n{D} {MMM} {YYYY}", "\n{D} {MMM}") : form)));
  const plot = (name, height, scale, lines, hooks, values) => {
    const element = document.getElementById(`chart-${name}`);
    const made = new uPlot({
      width: element.clientWidth,
      height,
      tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), zone),
      legend: { show: false },
      cursor: {
        sync: { key: "circuit", setSeries: false },
        drag: { x: true, y: false, setScale: false },
        points: { show: false },
        bind: { dblclick: () => null },
      },
      scales: { x: { time: true, min: state.from, max: state.to }, y: scale },
      axes: [{ ...axis(element.clientWidth < 500 * unit ? NARROW : TIMES, 44 * unit), space: 60 * unit }, axis(values, 64 * unit)],
      series: [{}, ...lines],
      hooks: {
        ...hooks,
        setCursor: [say],
        setSelect: [(u) => {
          if (u.select.width < 4) return;
          const [from, to] = [u.select.left, u.select.left + u.select.width].map((left) => u.posToVal(left, "x"));
          u.setSelect({ left: 0, width: 0, top: 0, height: 0 }, false);
          move(from, to, 0);
        }],
      },
    }, [[], ...lines.map(() => [])], element);
    made.setScale("x", { min: state.from, max: state.to });
    hands(made);
    new ResizeObserver(() => {
      if (element.clientWidth) made.setSize({ width: element.clientWidth, height });
    }).observe(element);
    return made;
  };
  const unit = parseFloat(getComputedStyle(document.documentElement).fontSize) / 15;
  // --- what is usual, and what changed
  const drawn = () => state.usual && Boolean(held.rtt?.usual?.low);
  const changed = (...metrics) => (held.rtt?.anomalies || []).filter((one) => metrics.includes(one.metric));
  const list = document.getElementById("changes");
  const lines = new Map();
  const pointed = (one, on) => lines.get(one)?.classList.toggle("pointed", on);
  const enumerate = () => {
    if (!list) return; // not analysed yet
    lines.clear();
    const found = [...(held.rtt.anomalies || [])].reverse();
    list.replaceChildren(...found.map((one) => {
      const line = document.createElement("li");
      const way = Object.assign(document.createElement("span"), { className: one.worse ? "way worse" : "way better", textContent: one.worse ? "▲" : "▼" });
      way.setAttribute("aria-hidden", "true");
      const told = Object.assign(document.createElement("time"), { dateTime: one.from, title: `${there(Date.parse(one.from) / 1000)} · ${one.from}`, textContent: one.sentence });
      line.append(way, " ", told);
      const year = one.from.slice(0, 4);
      if (year !== iso(+root.dataset.now).slice(0, 4)) line.append(" ", Object.assign(document.createElement("small"), { textContent: year }));
      lines.set(one, line);
      return line;
    }));
    list.hidden = !found.length;
    document.getElementById("changes-none").hidden = found.length > 0;
  };
  const upTo = (u, low, high) => [0, high > 0 ? high * 1.08 : 1];
  // Fitted, the median and its band take the plot: above the loss that stands at its foot. From 0, as it begins,
  // two circuits can be compared, and noise looks like noise.
  const fitted = () => {
    const shown = held.rtt.at.map((at, i) => (at >= state.from && at <= state.to && held.rtt.p5[i] !== null ? i : -1)).filter((i) => i >= 0);
    if (!shown.length) return [0, 1];
    let low = shown.reduce((least, i) => Math.min(least, held.rtt.p5[i]), Infinity);
    let high = shown.reduce((most, i) => Math.max(most, held.rtt.p95[i]), 0);
    if (drawn()) {
      low = shown.reduce((least, i) => Math.min(least, held.rtt.usual.low[i] ?? least), low);
      high = shown.reduce((most, i) => Math.max(most, held.rtt.usual.high[i] ?? most), high);
    }
    const room = Math.max(high - low, high * 0.02, 0.02);
    return [Math.max(low - room * 0.35, 0), high + room * 0.08];
  };
  const hidden = { show: true, paths: () => null, points: { show: false } };
  const line = (colour, dash) => ({ stroke: () => of[colour], width: 1.5, dash, points: { show: false }, spanGaps: false });
  const inUnit = (unitName) => (u, ticks) => ticks.map((tick) => `${+tick.toFixed(3)} ${unitName}`);
  const small = Math.round(120 * unit);

  const draw = () => {
    const curve = held.rtt;
    if (!curve) return;
    plots.rtt ??= plot("rtt", Math.round(320 * unit), { range: (u, low, high) => (state.fit ? fitted() : upTo(u, low, high)) }, [hidden, hidden], {
      drawClear: [(u) => {
        u.ctx.font = u.axes[0].font[0];
        smoke.shade(u, held.bands, of);
        if (drawn()) smoke.usual(u, held.rtt, of);
      }],
      draw: [(u) => { smoke.paint(u, held.rtt, of); smoke.flag(u, changed("rtt", "loss"), pointed); }],
    }, inUnit("ms"));
    plots.jitter ??= plot("jitter", small, { range: upTo }, [line("--jitter")], {
      drawClear: [(u) => smoke.shade(u, held.bands.map(([from, to, kind]) => [from, to, kind, null]), of)],
      draw: [(u) => smoke.flag(u, changed("jitter"), pointed)],
    }, inUnit("ms"));
    const set = (which, data) => {
      which.setData(data, false);
      which.setScale("x", { min: state.from, max: state.to });
    };
    set(plots.rtt, [curve.at, curve.p50, curve.p95]);
    set(plots.jitter, [curve.at, curve.jitter]);
    document.getElementById("jitter-estimated").hidden = curve.jitter_exact !== false;
    const damage = document.getElementById("chart-damage");
    damage.hidden = !curve.damaged_hours;
    damage.textContent = `Evidence of ${curve.damaged_hours} h of this time can't be read any more: they are gaps here.`;
    if (held.load && held.load !== "none" && held.load.receive_mean?.some((one) => one !== null)) {
      document.getElementById("load").hidden = false;
      plots.load ??= plot("load", small, { range: [0, 1] }, [line("--in"), line("--out", [6, 3])],
        { draw: [(u) => smoke.flag(u, changed("utilisation"), pointed)] },
        (u, ticks) => ticks.map((tick) => `${Math.round(tick * 100)}%`));
      set(plots.load, [held.load.at, held.load.receive_mean, held.load.transmit_mean]);
    }
    const why = curve.usual?.problem;
    usualButton.disabled = Boolean(why);
    smoke.legend(document.getElementById("legend"), held.bands, drawn() && "usual at this time of the week");
    document.getElementById("usual-problem").textContent = why ? `no usual band: ${why}` : "";
    enumerate();
    say(plots.rtt);
  };
  const usualButton = document.getElementById("usual");
  usualButton.setAttribute("aria-pressed", String(state.usual));
  usualButton.addEventListener("click", () => {
    state.usual = !state.usual;
    usualButton.setAttribute("aria-pressed", String(state.usual));
    keep();
    draw();
  });
  const scales = [...root.querySelectorAll("[data-scale]")];
  const press = () => {
    for (const one of scales) one.setAttribute("aria-pressed", String((one.dataset.scale === "fit") === state.fit));
  };
  for (const one of scales) {
    one.addEventListener("click", () => {
      state.fit = one.dataset.scale === "fit";
      press();
      keep();
      draw();
    });
  }
  press();
  const repaint = () => {
    of = smoke.colours(root);
    for (const one of Object.values(plots)) one.redraw(false, true);
  };
  document.addEventListener("theme", repaint);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", repaint);

  // What ends now goes on with the clock, unless the clock of this ledger stands.
  if (!("stands" in root.dataset)) {
    setInterval(() => {
      live.count();
      if (!state.range || document.hidden) return;
      const now = Math.floor(Date.now() / 1000);
      move(now - (state.to - state.from), now, 0, state.range);
    }, 60000);
  }
  load();
})();
