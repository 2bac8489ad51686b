// The check page's charts.
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import "../css/check.css";
console.log(uPlot);
