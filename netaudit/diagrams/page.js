// The explorer of one estate. Data comes from the JSON beside it; every name goes to the page as text, never as markup.
"use strict";
(() => {
const data = JSON.parse(document.getElementById("data").textContent);
const { nodes } = data;
const $ = (id) => document.getElementById(id);
const on = (target, ...rest) => target.addEventListener(...rest);
const all = (selector, root = document) => [...root.querySelectorAll(selector)];
const KEYS = ["view", "q", "port", "show", "box", "end", "pair", "from", "to", "rule", "theme"];
const NONE = { box: "", end: "", pair: "" };
const VIEWS = ["map", "matrix", "paths"].filter((name) => $(name));
const now = {};
const leafOf = (node) => (node < 0 || nodes[node][2] < 0 ? "" : data.leaves[nodes[node][2]][0]);
const byId = new Map(nodes.map((node, index) => [node[0], index]));
const leafNames = new Map(data.leaves);
const boxName = (leaf) => (leaf < 0 ? "outside the model" : data.leaves[leaf][1]);
const named = (key) => leafNames.get(key) || "outside";
const rowOf = (s, d, from, to, certain, possible, oneWay, rules, count = 1) => ({ s, d, from, to, certain, possible, oneWay, rules, count });
const rows = data.flows
	? data.flows.map(([s, d, ...rest]) => rowOf(s, d, leafOf(s), leafOf(d), ...rest))
	: data.bundles.map((bundle) => rowOf(-1, -1, ...bundle));

// ---- making elements

const make = (tag, attributes = {}, ...children) => {
	const made = document.createElement(tag);
	for (const [name, value] of Object.entries(attributes)) {
		if (name === "onclick") on(made, "click", value);
		else if (value !== "") made.setAttribute(name, value);
	}
	made.append(...children.filter((child) => child !== ""));
	return made;
};
const [li, p, small] = ["li", "p", "small"].map((name) => (...children) => make(name, {}, ...children));
const h2 = (words) => make("h2", {}, words);
const h3 = (words) => make("h3", {}, words);
const dim = (...words) => make("p", { class: "dim" }, ...words);
const press = (act, attributes, ...words) => make("button", { type: "button", onclick: act, ...attributes }, ...words);
const item = (words, more, act) => li(press(act, {}, words, ...(more ? [make("br"), small(more)] : [])));
const tag = (word) => make("span", { class: "tag " + word }, word);
const capped = (list, most, draw) => {
	const made = list.slice(0, most).map(draw);
	if (list.length > most) made.push(make("li", { class: "dim" }, `… ${(list.length - most).toLocaleString("en")} more`));
	return make("ul", {}, ...made);
};

// ---- what was chosen, kept in the hash

const read = () => {
	const given = new URLSearchParams(location.hash.slice(1));
	for (const key of KEYS) now[key] = given.get(key) || "";
	if (!VIEWS.includes(now.view)) now.view = VIEWS[0];
};
const write = () => {
	const kept = KEYS.filter((key) => now[key] && !(key === "view" && now.view === VIEWS[0]));
	const hash = kept.map((key) => `${key}=${encodeURIComponent(now[key])}`).join("&");
	try {
		history.replaceState(null, "", "#" + hash);
	} catch {
		/* a frame without an address keeps it to itself */
	}
};
const go = (change) => {
	Object.assign(now, change);
	write();
	render();
};

// ---- what is shown

const PORT = /^(?:(tcp|udp|sctp|icmp|icmpv6|other)(?:\/(\d+))?|(\d+))$/;
const carries = (index, wanted) => {
	const ranges = data.traffic[index][1];
	const [, protocol, port = wanted[3]] = wanted;
	return (protocol ? [protocol] : ["tcp", "udp", "sctp"]).some((name) => (ranges[name] || []).some(([low, high]) => !port || (low <= +port && +port <= high)));
};
const shows = {
	certain: (row) => row.certain > 0,
	unknown: (row) => row.certain !== row.possible,
	violated: (row) => row.rules.length > 0,
};
const filtered = () => {
	const text = now.port.trim().toLowerCase();
	const wanted = PORT.exec(text);
	$("port").setAttribute("aria-invalid", text !== "" && !wanted);
	const rule = data.rules.find((each) => each.id === now.rule && each.witnesses.length);
	const fits = (row) => !text || (wanted && [row.possible, row.oneWay].some((index) => carries(index, wanted)));
	return rows.filter((row) => fits(row) && (!now.show || shows[now.show](row)) && (!rule || row.rules.includes(rule.id)));
};
const leavesIn = (key) => {
	const box = `[data-box="${CSS.escape(key)}"]`;
	return new Set(all(`${box},${box} [data-box]`).map((each) => each.dataset.box));
};
const pairOf = (from, to) => `${from}\n${to}`;
const chosen = () => {
	if (now.end) return (row) => [row.s, row.d].includes(byId.get(now.end));
	if (now.pair) return (row) => pairOf(row.from, row.to) === now.pair;
	if (!now.box) return null;
	const leaves = leavesIn(now.box);
	return (row) => leaves.has(row.from) || leaves.has(row.to);
};
const found = () => {
	const words = now.q.trim().toLowerCase();
	if (!words) return null;
	return [...nodes.keys()].filter((index) => {
		const [id, kind, leaf] = nodes[index];
		return `${id} ${kind} ${boxName(leaf)}`.toLowerCase().includes(words);
	});
};

const render = () => {
	const passing = filtered();
	const mine = chosen();
	const lit = mine ? passing.filter(mine) : passing;
	const hits = found();
	document.documentElement.dataset.theme = now.theme || "auto";
	for (const name of VIEWS) {
		$(name).hidden = name !== now.view;
		$("to-" + name).setAttribute("aria-pressed", name === now.view);
	}
	$("zoom").hidden = now.view === "paths";
	for (const key of ["q", "port", "show"]) if ($(key).value !== now[key]) $(key).value = now[key];
	paint(lit, hits, passing.length < rows.length || mine !== null);
	panel(lit, hits);
};

const paint = (lit, hits, narrowed) => {
	const pairs = new Set(lit.map((row) => pairOf(row.from, row.to)));
	const leaves = new Set(lit.flatMap((row) => [row.from, row.to]));
	const ends = new Set(lit.flatMap((row) => [row.s, row.d]));
	const hit = hits && new Set(hits);
	for (const arrow of all(".view [data-source]")) arrow.classList.toggle("off", narrowed && !pairs.has(pairOf(arrow.dataset.source, arrow.dataset.destination)));
	for (const box of all(".view [data-box]:not(:has([data-box]))")) {
		const key = box.dataset.box;
		box.classList.toggle("off", hits ? !hits.some((node) => leafOf(node) === key) : narrowed && !leaves.has(key) && key !== now.box);
	}
	for (const chip of all(".view [data-chip]")) {
		const members = JSON.parse(chip.dataset.chip).map((id) => byId.get(id));
		const among = (set) => members.some((node) => set.has(node));
		const own = members.includes(byId.get(now.end) ?? null);
		chip.classList.toggle("off", hit ? !among(hit) : narrowed && data.flows !== null && !among(ends) && !own);
		chip.classList.toggle("hit", own || (hit !== null && among(hit)));
	}
};

// ---- the side panel

const text = (index) => data.traffic[index][0];
const carried = ({ certain, possible, oneWay }) => {
	const sure = certain === possible ? "" : certain ? ` (certain: ${text(certain)})` : " (possible only)";
	return (possible ? text(possible) + sure : "") + (oneWay ? ` delivered, but no reply: ${text(oneWay)}` : "");
};
const flowItem = (row) => item(label(row), carried(row) + (row.rules.length ? ` ✕ ${row.rules.join(", ")}` : ""), () => go({ from: nodes[row.s][0], to: nodes[row.d][0] }));
const label = (row) => (data.flows ? [row.s, row.d].map((node) => nodes[node][0]) : [row.from, row.to].map(named)).join(" → ");
const flowLists = (lit, mine) => {
	if (!data.flows) return [dim(data.too_many), capped(lit, 200, (row) => li(`${label(row)}: ${row.count} × ${carried(row)}`))];
	const lists = mine ? [["Into it", lit.filter((row) => mine(row.d))], ["Out of it", lit.filter((row) => mine(row.s))]] : [["Flows", lit]];
	return lists.flatMap(([title, list]) => [h3(`${title}: ${list.length}`), capped(list, 200, flowItem)]);
};
const nodeItem = (node) => item(nodes[node][0], nodes[node][1], () => go({ ...NONE, q: "", end: nodes[node][0] }));
const selection = (lit) => {
	if (now.end && byId.has(now.end)) {
		const node = byId.get(now.end);
		const [id, kind, leaf, place] = nodes[node];
		const about = [kind, boxName(leaf), place].filter(Boolean).join(" · ");
		const pick = (end) => press(() => go({ [end]: id }), {}, end === "from" ? "Why from here" : "Why to here");
		return [h2(id), dim(about), make("div", { class: "row" }, pick("from"), pick("to")), ...flowLists(lit, (each) => each === node)];
	}
	if (now.pair) return [h2(now.pair.split("\n").map(named).join(" → ")), ...flowLists(lit)];
	if (!now.box) return [];
	const leaves = leavesIn(now.box);
	const members = [...nodes.keys()].filter((node) => leaves.has(leafOf(node)));
	return [h2(leafNames.get(now.box) || now.box), h3(`Endpoints: ${members.length}`), capped(members, 60, nodeItem), ...flowLists(lit, (node) => leaves.has(leafOf(node)))];
};
const quoted = (name) => `'${(/[\s&|!()"]/.test(name) ? `"${name}"` : name).replaceAll("'", "'\\''")}'`;
const command = (row) => {
	const ends = `${data.sources} --from ${quoted(now.from)} --to ${quoted(now.to)}`;
	if (data.relation !== "direct") return make("pre", {}, `netaudit reach ${ends} --relation ${data.relation}`);
	const ranges = row ? data.traffic[row.certain || row.possible || row.oneWay][1] : {};
	const name = Object.keys(ranges).find((each) => /^(tcp|udp|sctp|icmp|icmpv6)$/.test(each));
	return make("pre", {}, `netaudit explain ${ends} --traffic ${name ? `${name}/${ranges[name][0][0]}` : "tcp/443"}`);
};
const checkLine = ([stage, component, verdict, reason, place, code]) => p(tag(verdict), `${stage} · ${component}: ${reason}`, code ? ` [${code}]` : "", make("br"), make("code", {}, place));
const answer = (between, joined, known) => {
	if (between.length) return [between.some((row) => row.certain) ? "YES" : between.some((row) => row.possible) ? "MAYBE" : "NO", between.map(carried).join("; ")];
	if (!joined) return ["UNKNOWN", "Nothing joins the two sources: nothing is known between them."];
	if (known && known[0] !== "NO") return [known[0], "This flow lies outside the focus of this page."];
	return known || (data.flows && !data.partial) ? ["NO", `No ${data.relation} flow of TCP, UDP or SCTP.`] : [];
};
const why = () => {
	const [a, b] = [byId.get(now.from), byId.get(now.to)];
	if (a === undefined || b === undefined) return [];
	const made = [h3(`${now.from} → ${now.to}`)];
	const [[, , outA, , classA, realmA], [, , outB, , classB, realmB]] = [nodes[a], nodes[b]];
	if (a === b || (outA < 0 && outB < 0)) return [...made, p("The model says nothing about this pair.")];
	const between = rows.filter((row) => row.s === a && row.d === b);
	const known = data.why[`${classA},${classB}`];
	const joined = !data.not_joined.some((pair) => realmA !== realmB && pair.includes(realmA) && pair.includes(realmB));
	const [word, words] = answer(between, joined, known);
	if (word) made.push(p(tag(word), words));
	if (known && known[1] >= 0) made.push(checkLine(data.checks[known[1]]));
	if (known && known[2] !== `${a},${b}`) made.push(dim("As for an endpoint that no rule tells apart from it."));
	return [...made, dim("Every stage, and what would change it:"), command(between[0])];
};
const ruleItem = (rule) => {
	const open = now.rule === rule.id;
	const about = small(`${rule.title} (${rule.relation}, ${rule.examined} pairs)`);
	const button = press(() => go({ rule: open ? "" : rule.id }), { "aria-pressed": open }, tag(rule.verdict), rule.id, make("br"), about);
	return li(button, ...(open ? ruleDetail(rule) : []));
};
const ruleDetail = (rule) => [
	...[rule.note, ...rule.depends_on.map((each) => "depends on " + each)].filter(Boolean).map((words) => p(words)),
	...rule.witnesses.flatMap(({ source, destination, traffic, alike, hops }) => [
		p(press(() => go({ from: source, to: destination }), {}, `${source} → ${destination} ${traffic}${alike ? ` (+${alike} pairs alike)` : ""}`)),
		make("ol", { class: "hops" }, ...hops.map((index) => li(checkLine(data.checks[index])))),
	]),
];
const panel = (lit, hits) => {
	const pieces = [];
	if (hits) pieces.push(h2(`Found: ${hits.length}`), capped(hits, 50, nodeItem));
	const about = selection(lit);
	if (!about.length && !hits) pieces.push(h2("The estate"), dim(data.account), dim(`Click a box, a card or an arrow. ${lit.length} of ${rows.length} shown.`));
	$("about").replaceChildren(...pieces, ...about);
	for (const end of ["from", "to"]) if ($(end).value !== now[end]) $(end).value = now[end];
	$("why").replaceChildren(...why());
	$("rules").replaceChildren(...data.rules.map(ruleItem));
};

// ---- pan and zoom: by the view box

const base = new Map();
const boxOf = (svg) => svg.getAttribute("viewBox").split(" ").map(Number);
const setBox = (svg, box) => svg.setAttribute("viewBox", box.map((each) => each.toFixed(2)).join(" "));
const move = (change) => {
	const svg = document.querySelector(`#${now.view} svg`);
	if (base.has(svg)) setBox(svg, change(boxOf(svg), svg));
};
const zoom = (factor, x = 0.5, y = 0.5) =>
	move(([left, top, wide, high], svg) => {
		const [, , whole] = base.get(svg);
		const by = Math.min(Math.max(factor, whole / 40 / wide), (whole * 4) / wide);
		return [left + wide * x * (1 - by), top + high * y * (1 - by), wide * by, high * by];
	});
const pan = (dx, dy) =>
	move(([left, top, wide, high], svg) => {
		const scale = Math.max(wide / svg.clientWidth, high / svg.clientHeight);
		return [left + dx * scale, top + dy * scale, wide, high];
	});
const fit = () => base.forEach((box, svg) => setBox(svg, box));
const fingers = new Map();
let moved = false;
const apart = () => {
	const [a, b] = [...fingers.values()];
	return Math.hypot(a[0] - b[0], a[1] - b[1]);
};
const onMove = (event) => {
	const last = fingers.get(event.pointerId);
	if (!last) return;
	const [dx, dy] = [event.clientX - last[0], event.clientY - last[1]];
	if (!moved && Math.hypot(dx, dy) < 4) return;
	moved = true;
	const before = fingers.size === 2 ? apart() : 0;
	fingers.set(event.pointerId, [event.clientX, event.clientY]);
	if (before) zoom(before / apart());
	else pan(-dx, -dy);
};
const watch = (svg) => {
	base.set(svg, boxOf(svg));
	on(svg, "wheel", (event) => {
		event.preventDefault();
		const area = svg.getBoundingClientRect();
		zoom(Math.exp(event.deltaY / 500), (event.clientX - area.left) / area.width, (event.clientY - area.top) / area.height);
	}, { passive: false });
	on(svg, "pointerdown", (event) => {
		if (!fingers.size) moved = false;
		fingers.set(event.pointerId, [event.clientX, event.clientY]);
	});
};
on(window, "pointermove", onMove);
for (const name of ["pointerup", "pointercancel"]) on(window, name, (event) => fingers.delete(event.pointerId));

// ---- clicking

const PARTS = "[data-chip],[data-source],[data-box]";
const choose = (target) => {
	const part = target.closest(PARTS);
	if (!part) return go(NONE);
	const { box, chip, source, destination } = part.dataset;
	const [key, name] = chip ? ["end", JSON.parse(chip)[0]] : box === undefined ? ["pair", pairOf(source, destination)] : ["box", box];
	return go({ ...NONE, [key]: now[key] === name ? "" : name });
};
for (const svg of all("#map svg, #matrix svg")) {
	watch(svg);
	on(svg, "click", (event) => moved || choose(event.target));
	for (const part of all(PARTS, svg)) Object.assign(part, { tabIndex: 0, role: "button" });
	on(svg, "keydown", (event) => {
		if (event.key !== "Enter" && event.key !== " ") return;
		event.preventDefault();
		choose(event.target);
	});
}
for (const name of VIEWS) on($("to-" + name), "click", () => go({ view: name }));
for (const key of ["q", "port", "show"]) on($(key), "input", () => go({ [key]: $(key).value }));
for (const end of ["from", "to"]) on($(end), "change", () => go({ [end]: $(end).value }));
on($("larger"), "click", () => zoom(0.7));
on($("smaller"), "click", () => zoom(1.4));
on($("whole"), "click", fit);
on($("clear"), "click", () => go({ ...NONE, q: "", port: "", show: "", from: "", to: "", rule: "" }));
on($("theme"), "click", () => go({ theme: { "": "dark", dark: "light", light: "" }[now.theme] ?? "" }));

const view = (name) => () => go({ view: name || now.view });
const keys = { "/": () => $("q").focus(), 1: view(VIEWS[0]), 2: view(VIEWS[1]), 3: view(VIEWS[2]), "+": () => zoom(0.7), "-": () => zoom(1.4), 0: fit };
Object.assign(keys, { ArrowLeft: () => pan(-60, 0), ArrowRight: () => pan(60, 0), ArrowUp: () => pan(0, -60), ArrowDown: () => pan(0, 60), Escape: () => go({ ...NONE, q: "", rule: "" }) });
on(window, "keydown", (event) => {
	const typing = event.target.matches?.("input,select,textarea");
	if (event.key === "Escape" && typing) event.target.blur();
	if ((typing && event.key !== "Escape") || event.ctrlKey || event.metaKey || event.altKey || !keys[event.key]) return;
	event.preventDefault();
	keys[event.key]();
});
on(window, "hashchange", () => {
	read();
	render();
});
on(window, "beforeprint", fit);
read();
render();
document.documentElement.dataset.ready = "yes";
})();
