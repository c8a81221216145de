import { plot } from "@observablehq/plot";

const report = JSON.parse(document.getElementById("data").textContent);
document.getElementById("report").append(plot({ className: "plot", ...report }));
