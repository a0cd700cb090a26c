// How the smoke chart is painted: shaded times, the bands of the RTT, the median coloured by loss, the loss itself.
// Pure but for the canvas: it knows nothing of where the numbers come from.
"use strict";
const smoke = (() => {
  // As SmokePing's users know it: of 20 packets none lost is green, one blue, and so on to red.
  const LOSS = [[0, "--loss-0"], [0.05, "--loss-1"], [0.1, "--loss-2"], [0.2, "--loss-3"], [0.5, "--loss-4"], [1, "--loss-5"]];
  const KINDS = {
    outage: ["--shade-outage", "outage"],
    maintenance: ["--shade-work", "maintenance"],
    excluded: ["--shade-work", "excluded"],
    unknown: ["--shade-unknown", "unknown"],
    no_data: ["--shade-nothing", "not measured"],
  };
  const LOSS_SHARE = 0.22; // of the plot's height, from below

  // A canvas needs colours as numbers: the browser says what a variable is under the theme of now.
  const colours = (element) => {
    const probe = element.appendChild(document.createElement("i"));
    const read = (name) => {
      probe.style.color = `var(${name})`;
      return getComputedStyle(probe).color;
    };
    const names = ["--ink", "--quiet", "--line", "--edge", "--smoke", "--smoke-dense", "--jitter", "--in", "--out", "--usual",
      ...LOSS.map(([, name]) => name), ...Object.values(KINDS).map(([name]) => name)];
    const found = Object.fromEntries(names.map((name) => [name, read(name)]));
    probe.remove();
    return found;
  };

  const lossColour = (ratio) => LOSS.find(([most]) => ratio <= most + 1e-9)[1];

  const shade = (u, bands, of) => {
    const { ctx, bbox } = u;
    ctx.save();
    ctx.beginPath();
    ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
    ctx.clip();
    for (const [from, to, kind, label] of bands) {
      const left = Math.round(u.valToPos(from, "x", true));
      const width = Math.max(Math.round(u.valToPos(to, "x", true)) - left, devicePixelRatio);
      ctx.fillStyle = of[KINDS[kind][0]];
      ctx.fillRect(left, bbox.top, width, bbox.height);
      if (label === null) continue;
      const text = label && label.length < 40 ? label : KINDS[kind][1];
      const room = ctx.measureText(text).width + 8 * devicePixelRatio;
      if (width > room) {
        ctx.fillStyle = of["--quiet"];
        ctx.textAlign = "left";
        ctx.textBaseline = "top";
        ctx.fillText(text, Math.max(left, bbox.left) + 4 * devicePixelRatio, bbox.top + 4 * devicePixelRatio);
      }
    }
    ctx.restore();
  };

  // Where the median usually lies: hardly filled, between two dashed lines, so that it is told from smoke without colour.
  const usual = (u, curve, of) => {
    const band = curve?.usual;
    if (!band || !band.low) return;
    const { ctx, bbox } = u;
    ctx.save();
    ctx.beginPath();
    ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
    ctx.clip();
    const x = (i) => u.valToPos(curve.at[i], "x", true);
    const y = (ms) => u.valToPos(ms, "y", true);
    const runs = [];
    band.low.forEach((low, i) => {
      if (low === null) return;
      if (i && band.low[i - 1] !== null) runs.at(-1).push(i);
      else runs.push([i]);
    });
    for (const run of runs) {
      const [low, high] = [new Path2D(), new Path2D()];
      run.forEach((i, place) => {
        low[place ? "lineTo" : "moveTo"](x(i), y(band.low[i]));
        high[place ? "lineTo" : "moveTo"](x(i), y(band.high[i]));
      });
      const area = new Path2D(high);
      for (const i of [...run].reverse()) area.lineTo(x(i), y(band.low[i]));
      area.closePath();
      ctx.fillStyle = ctx.strokeStyle = of["--usual"];
      ctx.globalAlpha = 0.1;
      ctx.fill(area);
      ctx.globalAlpha = 1;
      ctx.lineWidth = devicePixelRatio;
      ctx.setLineDash([4 * devicePixelRatio, 3 * devicePixelRatio]);
      ctx.stroke(low);
      ctx.stroke(high);
    }
    ctx.restore();
  };

  // Where something changed: a head on a pole, to be pointed at; up for the worse, down for the better.
  const flag = (u, found, pointed) => {
    for (const one of u.over.querySelectorAll(".flag")) one.remove();
    for (const one of found) {
      const at = Date.parse(one.from) / 1000;
      if (at < u.scales.x.min || at > u.scales.x.max) continue;
      const made = Object.assign(document.createElement("span"), {
        className: one.worse ? "flag" : "flag better", title: one.sentence, textContent: one.worse ? "▲" : "▼",
      });
      made.setAttribute("aria-hidden", "true"); // the list below says it
      made.style.left = `${u.valToPos(at, "x")}px`;
      made.addEventListener("mouseenter", () => pointed(one, true));
      made.addEventListener("mouseleave", () => pointed(one, false));
      u.over.append(made);
    }
  };

  const paint = (u, curve, of) => {
    const { ctx, bbox } = u;
    const bottom = bbox.top + bbox.height;
    const half = curve.step_seconds / 2;
    const x = (seconds) => u.valToPos(seconds, "x", true);
    const y = (ms) => u.valToPos(ms, "y", true);
    ctx.save();
    ctx.beginPath();
    ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
    ctx.clip();
    const columns = [];
    for (let i = 0; i < curve.at.length; i += 1) {
      const left = Math.round(x(curve.at[i] - half));
      const width = Math.max(Math.round(x(curve.at[i] + half)) - left, 1);
      if (left + width >= bbox.left && left <= bbox.left + bbox.width) columns.push([i, left, width]);
    }
    const band = (low, high, colour) => {
      ctx.fillStyle = of[colour];
      for (const [i, left, width] of columns) {
        if (low[i] === null || high[i] === null) continue;
        const top = y(high[i]);
        ctx.fillRect(left, top, width, Math.max(y(low[i]) - top, 1));
      }
    };
    band(curve.p5, curve.p95, "--smoke");
    band(curve.p25, curve.p75, "--smoke-dense");
    const thick = Math.max(2 * devicePixelRatio, 2);
    for (const [i, left, width] of columns) {
      const loss = curve.loss[i];
      if (loss) {
        const height = Math.max(loss * bbox.height * LOSS_SHARE, 2 * devicePixelRatio);
        ctx.fillStyle = of[lossColour(loss)];
        ctx.fillRect(left, bottom - height, width, height);
      }
      if (curve.p50[i] !== null) {
        ctx.fillStyle = of[lossColour(loss || 0)];
        ctx.fillRect(left, y(curve.p50[i]) - thick / 2, width, thick);
      }
    }
    ctx.restore();
  };

  // What the colours mean, in words beside them.
  const legend = (element, bands, band) => {
    const WORDS = ["no loss", "up to 5%", "10%", "20%", "50%", "more"];
    const key = (name, text) => {
      const span = document.createElement("span");
      const box = document.createElement("i");
      box.className = "key";
      box.style.background = `var(${name})`;
      span.append(box, text);
      return span;
    };
    const usualKey = (said) => {
      const one = key("--usual", said);
      one.firstChild.className = "key usual";
      one.firstChild.style.background = "";
      return one;
    };
    const kinds = [...new Set(bands.map(([, , kind]) => kind))];
    element.replaceChildren(
      key("--smoke", "p5 to p95"), key("--smoke-dense", "p25 to p75"), "median by loss: ",
      ...LOSS.map(([, name], i) => key(name, WORDS[i])),
      ...(band ? [usualKey(band)] : []),
      ...kinds.map((kind) => key(KINDS[kind][0], KINDS[kind][1])),
    );
  };

  return { colours, flag, legend, paint, shade, usual, KINDS };
})();
