(() => {
  "use strict";
  // One row a threshold, rising; the last member of each interval says whether it is a neighbour's.
  const rowOf = ([threshold, se, seLow, seHigh, seAbout, sp, spLow, spHigh, spAbout]) => ({
    threshold,
    sensitivity: { value: se, low: seLow, high: seHigh, about: seAbout },
    specificity: { value: sp, low: spLow, high: spHigh, about: spAbout },
  });
  const find = (name) => document.getElementById(`what-if-${name}`);
  const root = document.getElementById("what-if");
  if (!root) return;
  const record = JSON.parse(root.dataset.record);
  const points = record.points.map(rowOf);
  const state = { at: record.declared, prevalence: record.prevalence };
  const threshold = find("threshold"), prevalence = find("prevalence");
  const presets = root.querySelectorAll("[data-prevalence]");

  // Python's rounding: halves go to the even neighbour.
  const whole = (x) => {
    const near = Math.round(x);
    return Math.abs(x % 1) === 0.5 && near % 2 ? near - 1 : near;
  };
  const percent = (share) => {
    const hundredths = share * 100;
    return `${(hundredths % 1 === 0.25 ? hundredths - 0.05 : hundredths).toFixed(1)}%`;
  };
  const short = (share) => `${Number((share * 100).toFixed(1))}%`;
  const labelOf = (at) => (at === record.declared ? record.label : points[at].threshold.toFixed(2));

  const share = (right, wrong) => (right + wrong > 0 ? right / (right + wrong) : null);
  const ppv = (se, sp, p) => share(se * p, (1 - sp) * (1 - p));
  const npv = (se, sp, p) => share(sp * (1 - p), (1 - se) * p);
  const thousand = (se, sp, p) => {
    const ill = whole(1000 * p), well = 1000 - ill;
    const found = whole(ill * se), flagged = whole(well * (1 - sp));
    return { ill, well, found, missed: ill - found, flagged, cleared: well - flagged };
  };

  const interval = (one) =>
    one.low === null ? "no interval" : `${one.about ? "about " : ""}${percent(one.low)} to ${percent(one.high)}`;
  const words = (people) => record.inWords.replace(/\{(\w+)\}/g, (_, name) => people[name]);
  const write = (name, text) => { find(name).textContent = text; };

  // The plot: a square of 300 units, its lower left corner at (58, 314).
  const x = (specificity) => 58 + 300 * (1 - specificity);
  const y = (sensitivity) => 314 - 300 * sensitivity;
  const draw = (parent, name, attributes, text) => {
    const made = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    if (text) made.textContent = text;
    return parent.appendChild(made);
  };
  const path = (places) => places.map(([across, up]) => `${across.toFixed(1)} ${up.toFixed(1)}`).join("L");
  const placed = (at) => [x(points[at].specificity.value), y(points[at].sensitivity.value)];

  const axes = (plot) => {
    for (const share of [0, 0.25, 0.5, 0.75, 1]) {
      const across = x(1 - share), up = y(share);
      draw(plot, "path", { d: `M${across} 14V314M58 ${up}H358`, stroke: "#dde3e7", fill: "none" });
      draw(plot, "text", { x: across, y: 331, "text-anchor": "middle" }, `${share * 100}%`);
      draw(plot, "text", { x: 51, y: up + 4, "text-anchor": "end" }, `${share * 100}%`);
    }
    draw(plot, "path", { d: "M58 314L358 14", stroke: "#5b6770", "stroke-dasharray": "4 4", fill: "none" });
    draw(plot, "path", { d: "M58 14V314H358", stroke: "#5b6770", fill: "none" });
    draw(plot, "text", { x: 208, y: 354, "text-anchor": "middle" }, "1 − specificity: flagged in error");
    draw(plot, "text", { x: 14, y: 164, "text-anchor": "middle", transform: "rotate(-90 14 164)" }, "Sensitivity: found");
  };
  const plot = find("roc");
  axes(plot);
  const curve = points.map((_, at) => placed(at)).reverse();
  const banded = points.filter((one) => one.sensitivity.low !== null).reverse();
  const edge = (end) => banded.map((one) => [x(one.specificity.value), y(one.sensitivity[end])]);
  if (banded.length) draw(plot, "path", { d: `M${path([...edge("high"), ...edge("low").reverse()])}Z`, fill: "#d9e6ef" });
  // Failures keep the points from the corners.
  draw(plot, "path", { d: `M${path([[x(1), y(0)], ...curve, [x(0), y(1)]])}`, stroke: "#1f5f8b", "stroke-width": 2.5, fill: "none", "stroke-linejoin": "round" });
  for (const [across, up] of curve) draw(plot, "circle", { cx: across, cy: up, r: curve.length > 40 ? 1.5 : 2.5, fill: "#1f5f8b" });
  const cross = draw(plot, "path", { stroke: "#1a2630", "stroke-width": 1.75, fill: "none" });
  const chosen = draw(plot, "circle", { r: 8, fill: "#16324f", stroke: "#fff", "stroke-width": 2 });
  const [declaredX, declaredY] = placed(record.declared);
  draw(plot, "circle", { cx: declaredX, cy: declaredY, r: 5, fill: "#fff", stroke: "#1a2630", "stroke-width": 2 });

  const mark = (point) => {
    const [across, up] = [x(point.specificity.value), y(point.sensitivity.value)];
    const { sensitivity: tall, specificity: broad } = point;
    const bars = [];
    if (tall.low !== null) bars.push(`M${across} ${y(tall.low)}V${y(tall.high)}`);
    if (broad.low !== null) bars.push(`M${x(broad.low)} ${up}H${x(broad.high)}`);
    cross.setAttribute("d", bars.join(""));
    chosen.setAttribute("cx", across);
    chosen.setAttribute("cy", up);
  };

  // The picture: 40 to a row, 25 where that is too small to see.
  const crowd = find("people");
  const kinds = [...crowd.querySelectorAll("path")];
  const fill = (people) => {
    const columns = crowd.getBoundingClientRect().width < 420 ? 25 : 40;
    crowd.setAttribute("viewBox", `0 0 ${columns * 10} ${10000 / columns}`);
    let place = 0;
    for (const kind of kinds) {
      let d = "";
      for (const end = place + people[kind.dataset.kind]; place < end; place += 1) {
        d += `M${(place % columns) * 10 + 5} ${Math.floor(place / columns) * 10 + 5}${kind.dataset.shape}`;
      }
      kind.setAttribute("d", d);
      write(kind.dataset.kind, people[kind.dataset.kind].toLocaleString("en-GB"));
    }
  };

  // What is read aloud waits until the sliders rest.
  let waiting = 0;
  const say = (text, soon) => {
    clearTimeout(waiting);
    waiting = setTimeout(() => {
      if (find("words").textContent !== text) write("words", text);
      crowd.setAttribute("aria-label", text);
      plot.setAttribute("aria-label", `ROC curve; the point chosen has a sensitivity of ${find("sensitivity").textContent} and a specificity of ${find("specificity").textContent}.`);
    }, soon ? 0 : 400);
  };

  const show = (soon) => {
    const point = points[state.at], isDeclared = state.at === record.declared, p = state.prevalence;
    const se = point.sensitivity.value, sp = point.specificity.value;
    const people = thousand(se, sp, p), right = ppv(se, sp, p), cleared = npv(se, sp, p);
    threshold.value = point.threshold;
    prevalence.value = p * 100;
    const status = isDeclared ? record.atDeclared : record.exploratory;
    threshold.setAttribute("aria-valuetext", `${labelOf(state.at)}. ${status}`);
    prevalence.setAttribute("aria-valuetext", short(p));
    find("state").classList.toggle("exploratory", !isDeclared);
    write("state", status);
    write("threshold-value", labelOf(state.at));
    write("prevalence-value", short(p));
    for (const name of ["sensitivity", "specificity"]) {
      write(name, percent(point[name].value));
      write(`${name}-interval`, interval(point[name]));
    }
    for (const button of presets) button.setAttribute("aria-pressed", Number(button.dataset.prevalence) === p);
    write("ppv", right === null ? "–" : percent(right));
    write("npv", cleared === null ? "–" : percent(cleared));
    const positive = people.found + people.flagged;
    write("positive", right === null ? "nobody is flagged" : `${people.found} of ${positive} flagged`);
    write("negative", cleared === null ? "nobody is cleared" : `${people.cleared} of ${1000 - positive} not flagged`);
    mark(point);
    fill(people);
    say(`Threshold ${labelOf(state.at)}, prevalence ${short(p)}. Of 1,000 people tested, ${words(people)}`, soon);
  };

  const nearest = (distance) => points.reduce((best, _, at) => (distance(at) < distance(best) ? at : best), 0);
  const choose = (at) => {
    state.at = Math.max(0, Math.min(points.length - 1, at));
    show();
  };

  const steps = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1, PageUp: 5, PageDown: -5, Home: -points.length, End: points.length };
  threshold.addEventListener("keydown", (event) => {
    if (!(event.key in steps) || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    choose(state.at + steps[event.key]);
  });
  let isHeld = false;
  threshold.addEventListener("pointerdown", () => { isHeld = true; });
  for (const name of ["pointerup", "pointercancel", "change"]) threshold.addEventListener(name, () => { isHeld = false; });
  threshold.addEventListener("input", () => {
    const wanted = Number(threshold.value), now = points[state.at].threshold;
    const at = nearest((one) => Math.abs(points[one].threshold - wanted));
    // Assistive technology moves by steps of its own: a step that is too short for the next mark goes there all the same.
    choose(at === state.at && !isHeld ? at + Math.sign(wanted - now) : at);
  });
  prevalence.addEventListener("input", () => {
    state.prevalence = Number((prevalence.value / 100).toFixed(4));
    show();
  });
  for (const button of presets) {
    button.addEventListener("click", () => {
      state.prevalence = Number(button.dataset.prevalence);
      show();
    });
  }
  find("back").addEventListener("click", () => choose(record.declared));
  plot.addEventListener("click", (event) => {
    const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(plot.getScreenCTM().inverse());
    choose(nearest((one) => Math.hypot(placed(one)[0] - at.x, placed(one)[1] - at.y)));
  });
  window.addEventListener("resize", () => show());

  find("declared-tick").style.setProperty("--at", points[record.declared].threshold);
  find("static").hidden = true;
  root.hidden = false;
  show(true);
})();
