import { modelTitle } from "./model.js";
import { renderReport } from "./report.js";

const report = JSON.parse(document.getElementById("data").textContent);
if (report.model) document.title = modelTitle(report);
renderReport(report, document.getElementById("report"));
