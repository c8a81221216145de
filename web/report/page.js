import { renderReport } from "./report.js";

renderReport(JSON.parse(document.getElementById("data").textContent), document.getElementById("report"));
