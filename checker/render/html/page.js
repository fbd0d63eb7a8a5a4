"use strict";
(function () {
  var doc = document, root = doc.documentElement;
  function all(selector, within) { return Array.prototype.slice.call((within || doc).querySelectorAll(selector)); }
  function at(id) { return doc.getElementById(id); }
  root.classList.add("on");

  // ---- findings: filter and search ----
  var form = at("filter");
  if (form) {
    var cons = all(".con").map(function (con) {
      var parts = all(".fs", con).map(function (part) { return { node: part, items: all(".f", part) }; });
      return { node: con, group: con.dataset.g, severity: con.dataset.s, parts: parts };
    });
    var texts = null, waiting = 0;
    var read = function () {
      texts = new Map();
      cons.forEach(function (con) {
        var head = (con.node.getAttribute("aria-label") + " " + con.group + " ").toLowerCase();
        con.parts.forEach(function (part) {
          part.items.forEach(function (item) { texts.set(item, head + item.textContent.toLowerCase()); });
        });
      });
    };
    var apply = function () {
      var words = at("q").value.toLowerCase().split(/\s+/).filter(Boolean);
      var verdicts = {}, count = 0, severity = at("sev").value, group = at("grp").value;
      all("input[name=v]", form).forEach(function (box) { verdicts[box.value] = box.checked; });
      if (words.length && !texts) { read(); }
      cons.forEach(function (con) {
        var fits = (!severity || con.severity === severity) && (!group || con.group === group), left = 0;
        if (fits) {
          con.parts.forEach(function (part) {
            var before = left;
            part.items.forEach(function (item) {
              var text = words.length ? texts.get(item) : "";
              var shown = verdicts[item.classList[1]] && words.every(function (word) { return text.indexOf(word) >= 0; });
              if (item.hidden === shown) { item.hidden = !shown; }
              left += shown ? 1 : 0;
            });
            part.node.hidden = left === before;
          });
        }
        con.node.hidden = !left;
        count += left;
      });
      at("nothing").hidden = count > 0;
      at("found").textContent = count.toLocaleString("en-GB") + (count === 1 ? " finding" : " findings");
    };
    form.addEventListener("input", function () { clearTimeout(waiting); waiting = setTimeout(apply, 60); });
    form.addEventListener("reset", function () { setTimeout(apply, 0); });
    form.addEventListener("submit", function (event) { event.preventDefault(); });
    // a link to a finding that the filter hides shows it
    var reveal = function () {
      var target = at(decodeURIComponent(location.hash.slice(1)));
      if (target && target.classList.contains("f")) {
        if (target.hidden || target.closest(".con").hidden) { form.reset(); apply(); }
        target.setAttribute("tabindex", "-1");
        target.scrollIntoView();
        target.focus({ preventScroll: true });
      }
    };
    addEventListener("hashchange", reveal);
  }

  // ---- timelines: zoom, pan, and what a mark says ----
  var rows = at("rows");
  if (!rows) { root.setAttribute("data-ready", ""); return; }
  var WIDTH = 100000, from = 0, to = WIDTH, frame = 0;
  var first = +rows.dataset.a, last = +rows.dataset.b;
  var drawings = all(".tl", rows), seen = new Set(), lines = doc.querySelector("#back .grid"), axis = at("axis");
  var STEPS = [1, 5, 15, 60, 300, 900, 3600, 10800, 21600, 43200, 86400, 172800, 604800, 1209600, 2592000, 7776000,
    31536000, 157680000, 1576800000, 15768000000, 63072000000];
  function show(svg) {
    svg.setAttribute("viewBox", from + " -4 " + (to - from) + " " + svg.getAttribute("height"));
  }
  function time(unit) { return first + (last - first) * unit / WIDTH; }
  function told(ms, day) {
    var text;
    try { text = new Date(ms).toISOString(); } catch (error) { return ""; }
    if (day) { return text.slice(0, 10); }
    return text.slice(5, 10) + " " + (text.slice(16, 19) === ":00" ? text.slice(11, 16) : text.slice(11, 19));
  }
  function draw() {
    frame = 0;
    seen.forEach(show);
    var low = time(from), high = time(to), most = Math.max(2, Math.min(8, axis.clientWidth / 90)), path = "";
    var step = 1000 * (STEPS.find(function (one) { return (high - low) / (1000 * one) <= most; }) || STEPS[STEPS.length - 1]);
    axis.replaceChildren();
    for (var ms = Math.ceil(low / step) * step; ms < high; ms += step) {
      path += "M" + (ms - first) * WIDTH / (last - first) + " -9V4000";
      if (ms - low > 0.93 * (high - low)) { continue; }
      var label = doc.createElementNS("http://www.w3.org/2000/svg", "text");
      label.setAttribute("x", 100 * (ms - low) / (high - low) + "%");
      label.setAttribute("y", "14");
      label.textContent = told(ms, step >= 86400000);
      axis.appendChild(label);
    }
    lines.setAttribute("d", path);
    at("shown-span").textContent = new Date(low).toISOString().slice(0, 16) + "Z to " + new Date(high).toISOString().slice(0, 16) + "Z";
  }
  function view(low, high) {
    var width = Math.min(WIDTH, Math.max(WIDTH / 5000, high - low));
    low = Math.min(Math.max(0, low + (high - low - width) / 2), WIDTH - width);
    from = low;
    to = low + width;
    if (!frame) { frame = requestAnimationFrame(draw); }
  }
  function zoom(factor, where) {
    var point = from + (to - from) * (where === undefined ? 0.5 : where);
    view(point - (point - from) * factor, point + (to - point) * factor);
  }
  var ACTS = {
    "in": function () { zoom(0.5); }, out: function () { zoom(2); },
    left: function () { view(from - (to - from) / 4, to - (to - from) / 4); },
    right: function () { view(from + (to - from) / 4, to + (to - from) / 4); },
    all: function () { view(0, WIDTH); }
  };
  at("zoom").addEventListener("click", function (event) {
    var act = event.target.dataset && ACTS[event.target.dataset.do];
    if (act) { act(); }
  });
  rows.addEventListener("wheel", function (event) {
    var svg = event.target.closest(".tl");
    if (!svg || !event.ctrlKey) { return; }
    event.preventDefault();
    var box = svg.getBoundingClientRect();
    zoom(event.deltaY > 0 ? 1.25 : 0.8, (event.clientX - box.left) / box.width);
  }, { passive: false });
  var drag = null;
  rows.addEventListener("pointerdown", function (event) {
    var svg = event.target.closest(".tl");
    if (svg && event.button === 0) { drag = { x: event.clientX, from: from, to: to, width: svg.clientWidth, moved: false }; }
  });
  addEventListener("pointermove", function (event) {
    if (!drag) { return; }
    var by = (event.clientX - drag.x) * (drag.to - drag.from) / drag.width;
    if (Math.abs(event.clientX - drag.x) > 4) { drag.moved = true; }
    if (drag.moved) { view(drag.from - by, drag.to - by); }
  });
  addEventListener("pointerup", function () { var was = drag; setTimeout(function () { if (drag === was) { drag = null; } }, 0); });
  rows.addEventListener("click", function (event) {
    if (drag && drag.moved) { event.preventDefault(); }
  }, true);
  rows.addEventListener("dragstart", function (event) { event.preventDefault(); });
  var watch = new IntersectionObserver(function (entries) {
    entries.forEach(function (entry) {
      if (entry.isIntersecting) { seen.add(entry.target); show(entry.target); } else { seen.delete(entry.target); }
    });
  }, { rootMargin: "200px" });
  drawings.forEach(function (svg) { watch.observe(svg); });

  // one stop for each row; arrows go from mark to mark
  drawings.forEach(function (svg) {
    all(".m", svg).forEach(function (mark, number) { mark.setAttribute("tabindex", number ? "-1" : "0"); });
  });
  rows.addEventListener("keydown", function (event) {
    var svg = event.target.closest(".tl"), mark = event.target.closest(".m");
    if (!svg) { return; }
    var keys = { "+": "in", "=": "in", "-": "out", "0": "all" };
    if (keys[event.key] && !event.ctrlKey && !event.metaKey) { event.preventDefault(); ACTS[keys[event.key]](); return; }
    var step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!mark || !step) { return; }
    event.preventDefault();
    var marks = all(".m", svg), next = marks[marks.indexOf(mark) + step];
    if (next) { mark.setAttribute("tabindex", "-1"); next.setAttribute("tabindex", "0"); next.focus(); }
  });
  var detail = at("detail"), current = null;
  function tell(mark) {
    if (!mark || mark === current) { return; }
    current = mark;
    var href = mark.getAttribute("href"), target = href && at(href.slice(1)), made = doc.createElement("div");
    if (target) {
      var con = target.closest(".con");
      made.className = "told";
      made.appendChild(doc.createElement("b")).textContent = con.getAttribute("aria-label");
      all(":scope > *", target).forEach(function (part) { made.appendChild(part.cloneNode(true)); });
    } else {
      mark.querySelector("title").textContent.split("; ").forEach(function (part, number) {
        made.appendChild(doc.createElement(number ? "p" : "b")).textContent = part;
      });
    }
    detail.replaceChildren(made);
  }
  rows.addEventListener("pointerover", function (event) { if (!drag) { tell(event.target.closest(".m")); } });
  rows.addEventListener("focusin", function (event) { tell(event.target.closest(".m")); });

  // which rows
  function choose() {
    var word = at("row-search").value.toLowerCase(), found = at("row-found").checked;
    all(".row", rows).forEach(function (row) {
      if (row.classList.contains("axis") || row.classList.contains("gaps")) { return; }
      row.hidden = (found && !row.hasAttribute("data-f")) || row.querySelector("b").textContent.toLowerCase().indexOf(word) < 0;
    });
  }
  at("row-search").addEventListener("input", choose);
  at("row-found").addEventListener("change", choose);
  all(".heat a").forEach(function (link) {
    link.addEventListener("click", function () {
      var unit = WIDTH / (last - first);
      at("row-search").value = "";
      at("row-found").checked = false;
      choose();
      view((link.dataset.a - first) * unit, (link.dataset.b - first) * unit);
    });
  });
  addEventListener("beforeprint", function () {
    from = 0;
    to = WIDTH;
    drawings.forEach(show);
    draw();
  });
  addEventListener("resize", function () { view(from, to); });
  draw();
  root.setAttribute("data-ready", "");
})();
