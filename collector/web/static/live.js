// What every page with live values shares: times that go on counting, and one connection for events.
"use strict";
const live = (() => {
  const UNITS = [["d", 86400], ["h", 3600], ["min", 60], ["s", 1]];

  // A length of time by its two largest units, as the server writes it.
  const span = (seconds) => {
    let rest = Math.max(0, Math.floor(seconds));
    const parts = UNITS.map(([name, unit]) => {
      const count = Math.floor(rest / unit);
      rest -= count * unit;
      return [count, name];
    });
    const begin = parts.findIndex(([count]) => count > 0);
    if (begin < 0) return "0 s";
    return parts.slice(begin, begin + 2).filter(([count]) => count).map((part) => part.join(" ")).join(" ");
  };

  const told = (time, now) => {
    const seconds = (now - Date.parse(time.dateTime)) / 1000;
    if ("for" in time.dataset) return span(seconds);
    return seconds < 0 ? `in ${span(-seconds)}` : `${span(seconds)} ago`;
  };

  // A demo's clock stands: there is no event from it, and nothing counts on.
  const count = () => {
    const now = Date.now();
    for (const time of document.querySelectorAll("time[data-ago], time[data-for]")) {
      if (time.closest("[hidden]")) continue;
      const text = told(time, now);
      if (time.textContent !== text) time.textContent = text;
    }
  };

  // Listens, and says when it can't: `handlers` are by event name. It tries again ever more rarely.
  const listen = (handlers, said) => {
    const LONGEST = 60;
    let wait = 1;
    let since = Date.now();
    let source = null;
    const connect = () => {
      source = new EventSource("/api/v1/events");
      source.onopen = () => {
        wait = 1;
        said("");
      };
      source.onerror = () => {
        source.close();
        if (wait === 1) since = Date.now();
        said(`Not live since ${new Date(since).toLocaleTimeString([], { hour12: false })}`);
        setTimeout(connect, 1000 * wait * (0.75 + Math.random() / 2));
        wait = Math.min(wait * 2, LONGEST);
      };
      for (const [name, handle] of Object.entries(handlers)) {
        source.addEventListener(name, (event) => handle(JSON.parse(event.data)));
      }
    };
    connect();
    addEventListener("pagehide", () => source.close());
    addEventListener("pageshow", (event) => { if (event.persisted) connect(); });
  };

  return { span, count, listen };
})();
