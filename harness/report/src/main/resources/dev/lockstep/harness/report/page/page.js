// Draws the charts of a report with D3. The figures come from the page's own data, as Charts.java made them; nothing is
// computed here but where a mark goes. Whatever is text goes in as text, never as markup.
"use strict";
(function () {
  const COLOURS = 8;
  const DASHES = [null, "7 3", "2 3"];
  const SHAPES = [d3.symbolCircle, d3.symbolSquare, d3.symbolTriangle, d3.symbolDiamond, d3.symbolCross, d3.symbolStar];
  const MANY_POINTS = 40;
  const ROW = 44;
  const SAVED_STYLES = ["fill", "stroke", "stroke-width", "stroke-dasharray", "stroke-linejoin", "paint-order", "font-size", "font-weight", "font-family", "opacity"];

  const colour = (series) => `var(--c${series.colour % COLOURS})`;
  const dash = (series) => DASHES[Math.floor(series.colour / COLOURS) % DASHES.length];
  const shape = (series) => SHAPES[series.colour % SHAPES.length];
  const digits = d3.format(".4~r");
  const isNumber = (value) => value !== null && value !== undefined;

  // A position along an axis that holds all values, and its origin where it has one.
  function scale(axis, values, range) {
    const all = values.filter(isNumber).concat(isNumber(axis.origin) ? [axis.origin] : []);
    let [low, high] = d3.extent(all);
    if (axis.isLogarithmic) {
      const positive = d3.min(all.filter((value) => value > 0)) || 0.1;
      const pad = isNumber(axis.origin) ? 1.12 : 1.3;
      low = (isNumber(axis.origin) && positive >= axis.origin ? axis.origin : positive / pad);
      return d3.scaleLog().domain([low, Math.max(high, low * 1.05) * pad]).range(range);
    }
    const pad = (high - low) * 0.04 || 1;
    return d3.scaleLinear().domain([isNumber(axis.origin) ? Math.min(low, axis.origin) : low - pad, high + pad]).range(range);
  }

  // Cuts a text to a width; all of it shows under the pointer.
  function fit(text, whole, width) {
    let cut = Array.from(whole);
    text.text(whole);
    if (cut.length > 200) {
      cut = cut.slice(0, 200);
      text.text(cut.join("") + "…");
    }
    while (cut.length > 1 && text.node().getComputedTextLength() > width) {
      cut = cut.slice(0, Math.min(cut.length - 1, Math.floor(cut.length * 0.95)));
      text.text(cut.join("") + "…");
    }
    text.append("title").text(whole);
  }

  function horizontalAxis(svg, axis, x, top, bottom, width) {
    svg.append("g").attr("class", "grid").attr("transform", `translate(0,${bottom})`)
      .call(d3.axisBottom(x).ticks(Math.max(2, width / 90), axis.isLogarithmic ? "~g" : undefined).tickSizeInner(top - bottom).tickPadding(6));
    svg.append("text").attr("class", "faint").attr("x", width - 4).attr("y", bottom + 36).attr("text-anchor", "end")
      .text(axis.label + (axis.isLogarithmic ? " (log scale)" : "")).call((text) => fit(text, text.text(), width - 8));
    if (isNumber(axis.origin)) {
      svg.append("line").attr("class", "origin").attr("x1", x(axis.origin)).attr("x2", x(axis.origin)).attr("y1", top).attr("y2", bottom);
    }
  }

  // Tells a test, and who asks the page, which figure a mark stands for.
  function mark(selection, series, point) {
    const value = point.y ?? point.x;
    selection.attr("class", "mark").attr("data-series", series.name).attr("data-x", point.x).attr("data-y", point.y)
      .attr("data-low", point.low).attr("data-high", point.high);
    selection.append("title").text(`${series.name}: ${point.text || digits(value)}` +
      (isNumber(point.low) && isNumber(point.high) ? ` [${digits(point.low)}, ${digits(point.high)}]` : ""));
    return selection;
  }

  // Charts in which every series has a row: its name and figure above, the bar or the points below.
  function rows(svg, chart, width, top) {
    const points = chart.series.flatMap((series) => series.points);
    const x = scale(chart.x, points.flatMap((point) => [point.x, point.low, point.high]), [8, width - 16]);
    const bottom = top + chart.series.length * ROW + 4;
    horizontalAxis(svg, chart.x, x, top, bottom, width);
    chart.series.forEach((series, i) => {
      const y = top + i * ROW;
      const note = svg.append("text").attr("x", width - 16).attr("y", y + 17).attr("text-anchor", "end").attr("font-weight", 600)
        .text(series.points.length === 1 ? series.points[0].text : "");
      const space = width - 40 - note.node().getComputedTextLength();
      svg.append("text").attr("x", 8).attr("y", y + 17).call((text) => fit(text, series.name, space));
      series.points.forEach((point) => (chart.kind === "BARS" ? bar : dot)(svg, chart, series, point, x, y + 31));
    });
    return bottom + 44;
  }

  function bar(svg, chart, series, point, x, y) {
    const from = isNumber(chart.x.origin) ? x(chart.x.origin) : 8;
    const to = x(point.x);
    mark(svg.append("rect"), series, point).attr("x", Math.min(from, to)).attr("width", Math.max(3, Math.abs(to - from)))
      .attr("y", y - 8).attr("height", 14).style("fill", colour(series)).style("opacity", dash(series) ? 0.7 : 1);
    if (isNumber(point.low) && isNumber(point.high)) {
      svg.append("path").attr("class", "interval")
        .attr("d", `M${x(point.low)},${y - 5}v8m0,-4H${x(point.high)}m0,-4v8`);
    }
  }

  function dot(svg, chart, series, point, x, y) {
    mark(svg.append("path"), series, point).attr("d", d3.symbol(shape(series), 56)())
      .attr("transform", `translate(${x(point.x)},${y})`).style("fill", colour(series)).style("opacity", 0.75);
  }

  // Charts in which every operation has a row: its name above, and below it a point of every series with a line down to its limit,
  // or to the edge where that lies beyond it.
  function operations(svg, chart, width, top) {
    const points = chart.series.flatMap((series) => series.points);
    const names = Array.from(new Set(points.map((point) => point.text)));
    const x = scale(chart.x, points.map((point) => point.x), [8, width - 16]);
    const step = Math.min(11, 42 / chart.series.length);
    const row = 20 + step * chart.series.length;
    const bottom = top + names.length * row + 4;
    horizontalAxis(svg, chart.x, x, top, bottom, width);
    names.forEach((name, i) =>
      svg.append("text").attr("x", 8).attr("y", top + i * row + 13).call((text) => fit(text, name, width - 24)));
    chart.series.forEach((series, k) =>
      series.points.forEach((point) => {
        const y = top + names.indexOf(point.text) * row + 21 + k * step;
        if (isNumber(point.low)) {
          const end = point.low < x.domain()[0] ? `M8,${y}` : `M${x(point.low)},${y - 4}v8m0,-4`;
          svg.append("path").attr("class", "limit").style("stroke", colour(series)).attr("d", `${end}H${x(point.x)}`);
        }
        mark(svg.append("path"), series, point).attr("d", d3.symbol(shape(series), 44)())
          .attr("transform", `translate(${x(point.x)},${y})`).style("fill", colour(series))
          .select("title").text(`${series.name}, ${point.text}: ${digits(point.x)} ms` + (isNumber(point.low) ? `, the device allows ${digits(point.low)}` : ""));
      }));
    return legend(svg, chart, width, bottom + 62, "down to what the device allows", "limit");
  }

  function lines(svg, chart, width, top) {
    const points = chart.series.flatMap((series) => series.points);
    const bottom = top + Math.max(220, Math.min(340, width * 0.5));
    const left = 58;
    const x = scale(chart.x, points.map((point) => point.x), [left, width - 16]);
    const y = scale(chart.y, points.flatMap((point) => [point.y, point.high]), [bottom, top + 8]);
    svg.append("g").attr("class", "grid").attr("transform", `translate(${left},0)`)
      .call(d3.axisLeft(y).ticks(5, chart.y.isLogarithmic ? "~g" : undefined).tickSizeInner(left - width + 16).tickPadding(6));
    horizontalAxis(svg, chart.x, x, top, bottom, width);
    svg.append("text").attr("class", "faint").attr("x", 4).attr("y", top - 6)
      .text(chart.y.label + (chart.y.isLogarithmic ? " (log scale)" : ""));
    chart.series.forEach((series) => {
      svg.append("path").attr("class", "line").attr("data-series", series.name).style("stroke", colour(series)).style("stroke-dasharray", dash(series))
        .attr("d", d3.line().x((point) => x(point.x)).y((point) => y(point.y))(series.points));
      series.points.forEach((point) => {
        const size = series.points.length > MANY_POINTS ? 8 : 44;
        mark(svg.append("path"), series, point).attr("d", d3.symbol(shape(series), size)())
          .attr("transform", `translate(${x(point.x)},${y(point.y)})`).style("fill", colour(series));
        if (isNumber(point.high)) {
          svg.append("circle").attr("class", "stall").attr("data-series", series.name).attr("data-high", point.high).attr("r", 4.5)
            .attr("cx", x(point.x)).attr("cy", y(point.high)).style("stroke", colour(series))
            .append("title").text(`${series.name}: a stall of ${digits(point.high)} at ${point.x}`);
        }
      });
    });
    return chart.id === "tokens"
      ? legend(svg, chart, width, bottom + 62, "the longest gap, where it is more than three medians", "stall")
      : legend(svg, chart, width, bottom + 62);
  }

  // The series, and what another mark means, where there is one.
  function legend(svg, chart, width, top, meaning, kind) {
    let at = 8;
    let y = top;
    const entries = chart.series.map((series) => ({ series, name: series.name }));
    if (meaning) {
      entries.push({ name: meaning });
    }
    for (const { series, name } of entries) {
      const entry = svg.append("g");
      const text = entry.append("text").attr("x", 22).attr("y", 4).call((label) => fit(label, name, width - 48));
      const wide = text.node().getComputedTextLength() + 40;
      if (at > 8 && at + wide > width) {
        at = 8;
        y += 22;
      }
      if (series) {
        const solid = chart.kind === "ROWS" ? null : dash(series);
        entry.append("line").attr("x1", 0).attr("x2", 16).attr("class", "line").style("stroke", colour(series)).style("stroke-dasharray", solid);
        entry.append("path").attr("d", d3.symbol(shape(series), 44)()).attr("transform", "translate(8,0)").style("fill", colour(series));
      } else if (kind === "limit") {
        entry.append("path").attr("class", "limit").attr("d", "M1,-4v8m0,-4H16").style("stroke", "var(--ink)");
      } else {
        entry.append("circle").attr("class", "stall").attr("cx", 8).attr("r", 4.5).style("stroke", "var(--ink)");
      }
      entry.attr("transform", `translate(${at},${y})`);
      at += wide;
    }
    return y + 16;
  }

  function draw(figure, chart) {
    const width = Math.max(280, figure.clientWidth);
    d3.select(figure).select("svg").remove();
    const svg = d3.select(figure).insert("svg", ":first-child").attr("xmlns", "http://www.w3.org/2000/svg")
      .attr("role", "img").attr("aria-label", chart.title);
    svg.append("text").attr("class", "title").attr("x", 4).attr("y", 18).call((text) => fit(text, chart.title, width - 8));
    const drawing = { LINES: lines, ROWS: operations }[chart.kind] || rows;
    const height = drawing(svg, chart, width, chart.kind === "LINES" ? 50 : 32);
    svg.attr("viewBox", `0 0 ${width} ${height}`);
  }

  // An SVG file by itself: what the page's style says is written into every element.
  function save(figure, chart, run) {
    const shown = figure.querySelector("svg");
    const copy = shown.cloneNode(true);
    const from = [shown, ...shown.querySelectorAll("*")];
    [copy, ...copy.querySelectorAll("*")].forEach((element, i) => {
      const style = getComputedStyle(from[i]);
      SAVED_STYLES.forEach((name) => element.setAttribute(name, style.getPropertyValue(name)));
      element.removeAttribute("style");
    });
    const [, , width, height] = shown.getAttribute("viewBox").split(" ");
    copy.setAttribute("width", width);
    copy.setAttribute("height", height);
    d3.select(copy).insert("rect", ":first-child").attr("width", width).attr("height", height)
      .attr("fill", getComputedStyle(document.documentElement).backgroundColor);
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([new XMLSerializer().serializeToString(copy)], { type: "image/svg+xml" }));
    link.download = `lockstep-${run}-${chart.id}.svg`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  }

  const drawn = [];
  for (const figure of document.querySelectorAll("figure[data-chart]")) {
    const run = figure.dataset.run;
    const charts = JSON.parse(document.getElementById(`run-${run}-charts`).textContent);
    const chart = charts.find((each) => each.id === figure.dataset.chart);
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = "Save this chart as SVG";
    button.addEventListener("click", () => save(figure, chart, run));
    figure.append(button);
    draw(figure, chart);
    drawn.push({ figure, chart, width: figure.clientWidth });
  }
  addEventListener("resize", () => {
    for (const each of drawn) {
      if (each.width !== each.figure.clientWidth) {
        each.width = each.figure.clientWidth;
        draw(each.figure, each.chart);
      }
    }
  });
})();
