(function () {
  "use strict";
  var PAPER = 660;
  var charts = [];
  document.querySelectorAll("script[data-chart]").forEach(function (source) {
    var spec = JSON.parse(source.textContent);
    var place = document.getElementById(source.dataset.chart);
    // The drawing that stands there is for readers without scripts.
    place.replaceChildren();
    Plotly.newPlot(place, spec.data, spec.layout, spec.config);
    charts.push(place);
  });
  // A chart is drawn as wide as its place on the screen, and paper would cut it off.
  function draw(width) {
    charts.forEach(function (place) {
      Plotly.relayout(place, { autosize: width === null, width: width });
    });
  }
  window.addEventListener("beforeprint", function () { draw(PAPER); });
  window.addEventListener("afterprint", function () { draw(null); });
})();
