(function () {
  "use strict";
  document.querySelectorAll("script[data-chart]").forEach(function (source) {
    var spec = JSON.parse(source.textContent);
    Plotly.newPlot(document.getElementById(source.dataset.chart), spec.data, spec.layout, spec.config);
  });
})();
