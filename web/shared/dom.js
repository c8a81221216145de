// Elements from JavaScript: texts become text nodes, never markup.

export function h(name, properties = {}, ...children) {
  const element = document.createElement(name);
  set(element, properties);
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

const SVG = "http://www.w3.org/2000/svg";

export function svg(name, properties = {}, ...children) {
  const element = document.createElementNS(SVG, name);
  set(element, properties);
  element.append(...children);
  return element;
}

function set(element, properties) {
  for (const [key, value] of Object.entries(properties)) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (key.startsWith("--")) element.style.setProperty(key, value);
    else element.setAttribute(key === "className" ? "class" : key, value === true ? "" : value);
  }
}

// A text that others have chosen: its direction does not reach beyond it.
export function foreign(text, properties = {}) {
  return h("bdi", properties, text);
}

export function hidden(text) {
  return h("span", { className: "for-readers" }, text);
}
