// Shows the OpenAPI document: operations by tag, each with its parameters, bodies and answers.
"use strict";

const METHODS = ["get", "post", "put", "patch", "delete"];

// An element with text or elements inside. Never takes HTML, so nothing in the document can become markup.
function element(name, attributes, ...inside) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...inside);
  return made;
}

function resolve(api, schema) {
  const path = schema?.$ref;
  if (!path) return schema ?? {};
  return path.slice(2).split("/").reduce((at, part) => at?.[part], api) ?? {};
}

// Whether a part of a schema only says something about the rest of it.
function isRemark(schema) {
  return Object.keys(schema).every((key) => key === "description");
}

// A schema as an example-like outline: {"id": string, "labels"?: [string]}.
function outline(api, schema, indent, seen) {
  const name = schema?.$ref;
  if (name && seen.includes(name)) return name.split("/").pop();
  const within = name ? [...seen, name] : seen;
  const it = resolve(api, schema);
  const choices = (it.oneOf ?? it.anyOf ?? it.allOf)?.filter((choice) => !isRemark(choice));
  if (choices) {
    const joint = it.allOf ? " & " : " | ";
    return choices.map((choice) => outline(api, choice, indent, within)).join(joint);
  }
  if (it.enum) return it.enum.map((value) => JSON.stringify(value)).join(" | ");
  const types = [it.type ?? (it.properties ? "object" : "any")].flat();
  return types.map((type) => typeOutline(api, it, type, indent, within)).join(" | ");
}

function typeOutline(api, it, type, indent, seen) {
  if (type === "array") return `[${outline(api, it.items, indent, seen)}]`;
  if (type !== "object" || !it.properties) return it.format ? `${type} (${it.format})` : type;
  const pad = indent + "  ";
  const lines = Object.entries(it.properties).map(([key, value]) => {
    const optional = it.required?.includes(key) ? "" : "?";
    const about = resolve(api, value).description ?? value.allOf?.find(isRemark)?.description;
    const note = about ? `  // ${about.split("\n")[0]}` : "";
    return `${pad}${key}${optional}: ${outline(api, value, pad, seen)}${note}`;
  });
  return `{\n${lines.join("\n")}\n${indent}}`;
}

function contents(api, content) {
  return Object.entries(content ?? {}).flatMap(([type, body]) => [
    element("p", { class: "note" }, type),
    element("pre", {}, outline(api, body.schema, "", [])),
  ]);
}

function parameters(api, list) {
  const cells = (parameter) => [
    element("td", {}, element("code", {}, parameter.name)),
    element("td", {}, parameter.in + (parameter.required ? ", required" : "")),
    element("td", {}, element("code", {}, outline(api, parameter.schema, "", []))),
    element("td", {}, parameter.description ?? ""),
  ];
  const rows = list.map((parameter) => element("tr", {}, ...cells(resolve(api, parameter))));
  return [element("h3", {}, "Parameters"), element("table", {}, ...rows)];
}

function operation(api, path, method, it) {
  const parts = [];
  if (it.description) parts.push(element("p", {}, it.description));
  if (it.parameters?.length) parts.push(...parameters(api, it.parameters));
  const body = resolve(api, it.requestBody);
  if (body.content) parts.push(element("h3", {}, "Body"), ...contents(api, body.content));
  for (const [status, found] of Object.entries(it.responses ?? {})) {
    const answer = resolve(api, found);
    const title = status === "default" ? "Otherwise" : status;
    parts.push(element("h3", {}, `${title}: ${answer.description ?? ""}`), ...contents(api, answer.content));
  }
  const summary = element(
    "summary",
    {},
    element("span", { class: "method" }, method.toUpperCase()),
    element("span", { class: "path" }, path),
    element("span", { class: "words" }, it.summary ?? ""),
  );
  const shown = element("details", { id: it.operationId ?? `${method} ${path}` }, summary, element("div", {}, ...parts));
  shown.dataset.words = `${method} ${path} ${it.summary ?? ""} ${it.description ?? ""}`.toLowerCase();
  return shown;
}

function byTag(api) {
  const groups = new Map();
  for (const [path, item] of Object.entries(api.paths ?? {})) {
    for (const method of METHODS.filter((method) => item[method])) {
      const tag = item[method].tags?.[0] ?? "other";
      if (!groups.has(tag)) groups.set(tag, []);
      groups.get(tag).push(operation(api, path, method, item[method]));
    }
  }
  return [...groups].map(([tag, operations]) =>
    element("section", {}, element("h2", {}, tag), ...operations));
}

function filter(words) {
  const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
  for (const section of document.querySelectorAll("section")) {
    const operations = [...section.querySelectorAll("details")];
    for (const shown of operations) shown.hidden = !wanted.every((word) => shown.dataset.words.includes(word));
    section.hidden = operations.every((shown) => shown.hidden);
  }
}

async function show() {
  const about = document.getElementById("about");
  try {
    const answer = await fetch("/api/v1/openapi.json");
    if (!answer.ok) throw new Error(`status ${answer.status}`);
    const api = await answer.json();
    const source = element("a", { href: "/api/v1/openapi.json" }, "openapi.json");
    about.replaceChildren(`${api.info.description ?? ""} Version ${api.info.version}, OpenAPI ${api.openapi}: `, source);
    document.getElementById("operations").replaceChildren(...byTag(api));
    document.getElementById("filter").addEventListener("input", (event) => filter(event.target.value));
  } catch (error) {
    about.textContent = `The document could not be loaded: ${error.message}`;
  }
}

show();
