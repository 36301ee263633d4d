// The explorer of one estate. Data comes from the JSON beside it; every name goes to the page as text, never as markup.
"use strict";
(() => {
const data = JSON.parse(document.getElementById("data").textContent);
const { nodes, levels, flows, traffic, rules, checks } = data;
const root = document.documentElement;
const $ = (id) => document.getElementById(id);
const on = (target, ...rest) => target.addEventListener(...rest);
const all = (selector, root = document) => [...root.querySelectorAll(selector)];
const fade = (part, off) => part.classList.toggle("off", off);
const FIELDS = ["q", "port", "show", "zone", "level", "from", "to"];
const KEYS = ["view", ...FIELDS, "box", "end", "pair", "rule", "theme"];
const NONE = { box: "", end: "", pair: "" };
const VIEWS = all(".view").map((view) => view.id);
const now = {};
const maps = all(".level");
let level, leafNames, rows;
const leaf = (node) => level.leaves[level.of[node]];
const leafOf = (node) => leaf(node)?.[0] || "";
const byId = new Map(nodes.map((node, index) => [node[0], index]));
const boxName = (node) => leaf(node)?.[1] || "outside the model";
const named = (key) => leafNames.get(key) || "outside";
const rowOf = (s, d, from, to, certain, possible, oneWay, rules, count = 1) => ({ s, d, from, to, certain, possible, oneWay, rules, count });
const useLevel = () => {
	const map = maps.find((each) => each.dataset.level === now.level) || maps[0];
	for (const each of maps) each.hidden = each !== map;
	const found = levels[now.view === "map" ? +map.dataset.level : 0];
	if (found === level) return;
	level = found;
	leafNames = new Map(level.leaves);
	rows = flows ? flows.map(([s, d, ...rest]) => rowOf(s, d, leafOf(s), leafOf(d), ...rest)) : level.bundles.map((bundle) => rowOf(-1, -1, ...bundle));
};
const zones = new Map(data.zones.map(([name, members]) => [name, new Set(members)]));

// ---- making elements

const make = (tag, attributes = {}, ...children) => {
	const made = document.createElement(tag);
	for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
	made.append(...children);
	return made;
};
const [li, p, small, h2, h3] = ["li", "p", "small", "h2", "h3"].map((name) => (...children) => make(name, {}, ...children));
const dim = (...words) => make("p", { class: "dim" }, ...words);
const press = (change, pressed, ...words) => {
	const made = make("button", { "aria-pressed": pressed }, ...words);
	on(made, "click", () => go(change));
	return made;
};
const item = (words, more, change) => li(press(change, false, words, make("br"), small(more)));
const tag = (word) => make("b", { class: "tag " + word }, word);
const capped = (list, draw, most = 200) => {
	const made = list.slice(0, most).map(draw);
	if (list.length > most) made.push(li(dim(`… ${list.length - most} more`)));
	return make("ul", {}, ...made);
};

// ---- what was chosen, kept in the hash

const read = () => {
	const given = new URLSearchParams(location.hash.slice(1));
	for (const key of KEYS) now[key] = given.get(key) || "";
	if (!VIEWS.includes(now.view)) now.view = VIEWS[0];
	render();
};
const write = () => {
	const kept = KEYS.filter((key) => now[key] && !(key === "view" && now.view === VIEWS[0]));
	const hash = kept.map((key) => `${key}=${encodeURIComponent(now[key])}`).join("&");
	try {
		history.replaceState(null, "", "#" + hash);
	} catch {
		// a frame without an address keeps it to itself
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
	const ranges = traffic[index][1];
	const [, protocol, port = wanted[3]] = wanted;
	return (protocol ? [protocol] : ["tcp", "udp", "sctp"]).some((name) => (ranges[name] || []).some(([low, high]) => !port || (low <= +port && +port <= high)));
};
const shows = {
	certain: ({ certain }) => certain > 0,
	unknown: ({ certain, possible }) => certain !== possible,
	violated: ({ rules }) => rules.length > 0,
};
const filtered = () => {
	const text = now.port.trim().toLowerCase();
	const wanted = PORT.exec(text);
	$("port").ariaInvalid = !!text && !wanted;
	const rule = rules.find((each) => each.id === now.rule && each.witnesses.length);
	const fits = (row) => !text || (wanted && [row.possible, row.oneWay].some((index) => carries(index, wanted)));
	const zone = zones.get(now.zone);
	const inZone = (row) => !zone || zone.has(row.s) || zone.has(row.d);
	return rows.filter((row) => fits(row) && inZone(row) && (!now.show || shows[now.show](row)) && (!rule || row.rules.includes(rule.id)));
};
const leavesIn = (key) => {
	const box = `[data-box="${CSS.escape(key)}"]`;
	return new Set(all(`${box},${box} [data-box]`).map((each) => each.dataset.box));
};
const pairOf = (from, to) => `${from}\n${to}`;
const chosen = (hits) => {
	if (hits) return (row) => hits.has(row.s) || hits.has(row.d);
	if (now.end) return (row) => [row.s, row.d].includes(byId.get(now.end));
	if (now.pair) return (row) => pairOf(row.from, row.to) === now.pair;
	if (!now.box) return null;
	const leaves = leavesIn(now.box);
	return (row) => leaves.has(row.from) || leaves.has(row.to);
};
const found = () => {
	const words = now.q.trim().toLowerCase();
	if (!words) return null;
	const fits = (index) => `${nodes[index][0]} ${nodes[index][1]} ${boxName(index)}`.toLowerCase().includes(words);
	return new Set([...nodes.keys()].filter(fits));
};

const render = () => {
	useLevel();
	const passing = filtered();
	const hits = found();
	const mine = chosen(hits);
	const lit = mine ? passing.filter(mine) : passing;
	root.dataset.theme = now.theme || "auto";
	for (const name of VIEWS) {
		$(name).hidden = name !== now.view;
		$("to-" + name).ariaPressed = name === now.view;
	}
	$("zoom").hidden = now.view === "paths";
	$("level").disabled = now.view !== "map";
	for (const key of FIELDS) if ($(key).value !== now[key]) $(key).value = now[key];
	paint(lit, hits, passing.length < rows.length || mine !== null);
	panel(lit, hits);
};

const paint = (lit, hits, narrowed) => {
	const pairs = new Set(lit.map((row) => pairOf(row.from, row.to)));
	const leaves = new Set(lit.flatMap((row) => [row.from, row.to]));
	const ends = new Set(lit.flatMap((row) => [row.s, row.d]));
	const homes = new Set([...(hits || [])].map(leafOf));
	for (const arrow of all(".view [data-source]")) fade(arrow, narrowed && !pairs.has(pairOf(arrow.dataset.source, arrow.dataset.destination)));
	for (const box of all(".view [data-box]:not(:has([data-box]))")) {
		const key = box.dataset.box;
		fade(box, hits ? !homes.has(key) : narrowed && !leaves.has(key) && key !== now.box);
	}
	for (const chip of all(".view [data-chip]")) {
		const members = JSON.parse(chip.dataset.chip).map((id) => byId.get(id));
		const among = (set) => members.some((node) => set.has(node));
		const own = members.includes(byId.get(now.end) ?? null);
		fade(chip, hits ? !among(hits) : !!flows && narrowed && !among(ends) && !own);
		chip.classList.toggle("hit", own || !!(hits && among(hits)));
	}
};

// ---- the side panel

const text = (index) => traffic[index][0];
const carried = ({ certain, possible, oneWay }) => {
	const sure = certain === possible ? "" : certain ? ` (certain: ${text(certain)})` : " (possible only)";
	return (possible ? text(possible) + sure : "") + (oneWay ? ` delivered, but no reply: ${text(oneWay)}` : "");
};
const flowItem = (row) => item(label(row), carried(row) + (row.rules.length ? ` ✕ ${row.rules.join(", ")}` : ""), { from: nodes[row.s][0], to: nodes[row.d][0] });
const label = (row) => (flows ? [row.s, row.d].map((node) => nodes[node][0]) : [row.from, row.to].map(named)).join(" → ");
const flowLists = (lit, mine) => {
	if (!flows) return [dim(data.too_many), capped(lit, (row) => li(`${label(row)}: ${row.count} × ${carried(row)}`))];
	const lists = mine ? [["Into it", lit.filter((row) => mine(row.d))], ["Out of it", lit.filter((row) => mine(row.s))]] : [["Flows", lit]];
	return lists.flatMap(([title, list]) => [h3(`${title}: ${list.length}`), capped(list, flowItem)]);
};
const nodeItem = (node) => item(nodes[node][0], nodes[node][1], { ...NONE, q: "", end: nodes[node][0] });
const selection = (lit) => {
	if (byId.has(now.end)) {
		const node = byId.get(now.end);
		const [id, kind, place] = nodes[node];
		const about = [kind, boxName(node), place].filter(Boolean).join(" · ");
		const picks = ["from", "to"].map((end) => press({ [end]: id }, false, `Why ${end} here`));
		return [h2(id), dim(about), make("div", { class: "row" }, ...picks), ...flowLists(lit, (each) => each === node)];
	}
	if (now.pair) return [h2(now.pair.split("\n").map(named).join(" → ")), ...flowLists(lit)];
	if (!now.box) return [];
	const leaves = leavesIn(now.box);
	const members = [...nodes.keys()].filter((node) => leaves.has(leafOf(node)));
	return [h2(leafNames.get(now.box) || now.box), h3(`Endpoints: ${members.length}`), capped(members, nodeItem), ...flowLists(lit, (node) => leaves.has(leafOf(node)))];
};
const quoted = (name) => `'${(/[\s&|!()"]/.test(name) ? `"${name}"` : name).replaceAll("'", "'\\''")}'`;
const command = (row) => {
	const ends = `${data.sources} --from ${quoted(now.from)} --to ${quoted(now.to)}`;
	if (data.relation !== "direct") return make("pre", {}, `netaudit reach ${ends} --relation ${data.relation}`);
	const ranges = row ? traffic[row.certain || row.possible || row.oneWay][1] : {};
	const name = Object.keys(ranges).find((each) => /^(tcp|udp|sctp|icmp|icmpv6)$/.test(each));
	return make("pre", {}, `netaudit explain ${ends} --traffic ${name ? `${name}/${ranges[name][0][0]}` : "tcp/443"}`);
};
const checkLine = ([stage, verdict, said, place, code]) => p(tag(verdict), `${stage} · ${said} ${code && `[${code}]`}`, make("br"), make("code", {}, place));
const answer = (between, joined, known) => {
	if (between.length) return [between.some((row) => row.certain) ? "YES" : between.some((row) => row.possible) ? "MAYBE" : "NO", between.map(carried).join("; ")];
	if (!joined) return ["UNKNOWN", "Nothing joins the two: nothing is known."];
	if (known && known[0] !== "NO") return [known[0], "It lies outside the focus."];
	return known || (flows && !data.partial) ? ["NO", `No ${data.relation} flow of TCP, UDP or SCTP.`] : [];
};
const why = () => {
	const [a, b] = [byId.get(now.from), byId.get(now.to)];
	if (a === undefined || b === undefined) return [];
	const made = [h3(`${now.from} → ${now.to}`)];
	const [[, , , classA, realmA], [, , , classB, realmB]] = [nodes[a], nodes[b]];
	if (a === b || !(leaf(a) || leaf(b))) return [...made, p("The model says nothing about this pair.")];
	const between = rows.filter((row) => row.s === a && row.d === b);
	const known = data.why[`${classA},${classB}`];
	const joined = !data.not_joined.some((pair) => realmA !== realmB && pair.includes(realmA) && pair.includes(realmB));
	const [word, words] = answer(between, joined, known);
	if (word) made.push(p(tag(word), words));
	if (known && known[1] >= 0) made.push(checkLine(checks[known[1]]));
	if (known && known[2] !== `${a},${b}`) made.push(dim("As for an endpoint that no rule tells apart from it."));
	return [...made, dim("Every stage, and what would change it:"), command(between[0])];
};
const ruleItem = (rule) => {
	const open = now.rule === rule.id;
	const about = small(`${rule.title} (${rule.relation}, ${rule.examined} pairs)`);
	const button = press({ rule: open ? "" : rule.id }, open, tag(rule.verdict), rule.id, make("br"), about);
	return li(button, ...(open ? ruleDetail(rule) : []));
};
const ruleDetail = (rule) => [
	...[rule.note, ...rule.depends_on.map((each) => "depends on " + each)].filter(Boolean).map((words) => p(words)),
	...rule.witnesses.flatMap(({ source, destination, traffic, alike, hops }) => [
		p(press({ from: source, to: destination }, false, `${source} → ${destination} ${traffic}${alike ? ` (+${alike} pairs alike)` : ""}`)),
		make("ol", { class: "hops" }, ...hops.map((index) => li(checkLine(checks[index])))),
	]),
];
const fill = (id, ...parts) => $(id).replaceChildren(...parts);
const panel = (lit, hits) => {
	const pieces = [];
	if (hits) pieces.push(h2(`Found: ${hits.size}`), capped([...hits], nodeItem));
	const about = selection(lit);
	if (!about.length && !hits) pieces.push(h2("The estate"), dim(data.account), dim(`Click a box, card or arrow. ${lit.length} of ${rows.length} shown.`));
	fill("about", ...pieces, ...about);
	fill("why", ...why());
	fill("rules", ...rules.map(ruleItem));
};

// ---- pan and zoom: by the view box

const base = new Map();
const boxOf = (svg) => svg.getAttribute("viewBox").split(" ").map(Number);
const setBox = (svg, box) => svg.setAttribute("viewBox", box.map((each) => each.toFixed(2)).join(" "));
const move = (change) => {
	const svg = all(`#${now.view} svg`).find((each) => each.clientWidth);
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
const apart = ([a, b] = fingers.values()) => Math.hypot(a[0] - b[0], a[1] - b[1]);
on(window, "pointermove", (e) => {
	if (!fingers.has(e.pointerId)) return;
	const [x, y] = fingers.get(e.pointerId);
	const [dx, dy] = [e.clientX - x, e.clientY - y];
	if (!moved && Math.hypot(dx, dy) < 4) return;
	moved = true;
	const before = fingers.size === 2 ? apart() : 0;
	fingers.set(e.pointerId, [e.clientX, e.clientY]);
	if (before) zoom(before / apart());
	else pan(-dx, -dy);
});
const watch = (svg) => {
	base.set(svg, boxOf(svg));
	on(svg, "wheel", (e) => {
		e.preventDefault();
		const { left, top, width, height } = svg.getBoundingClientRect();
		zoom(Math.exp(e.deltaY / 500), (e.clientX - left) / width, (e.clientY - top) / height);
	}, { passive: false });
	on(svg, "pointerdown", (e) => {
		if (!fingers.size) moved = false;
		fingers.set(e.pointerId, [e.clientX, e.clientY]);
	});
};
for (const name of ["pointerup", "pointercancel"]) on(window, name, (e) => fingers.delete(e.pointerId));

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
	on(svg, "click", (e) => moved || choose(e.target));
	for (const part of all(PARTS, svg)) Object.assign(part, { tabIndex: 0, role: "button" });
	on(svg, "keydown", (e) => {
		if (!["Enter", " "].includes(e.key)) return;
		e.preventDefault();
		choose(e.target);
	});
}
for (const key of FIELDS) on($(key), "input", () => go({ [key]: $(key).value }));
const clear = () => go(Object.fromEntries(KEYS.slice(1, -1).map((key) => [key, ""])));
const theme = () => go({ theme: { "": "dark", dark: "light" }[now.theme] || "" });
const [larger, smaller] = [() => zoom(0.7), () => zoom(1.4)];
for (const [name, act] of Object.entries({ larger, smaller, fit, clear, theme })) on($(name), "click", act);

const keys = { "/": () => $("q").focus(), "+": larger, "-": smaller, 0: fit };
Object.assign(keys, { ArrowLeft: () => pan(-60, 0), ArrowRight: () => pan(60, 0), ArrowUp: () => pan(0, -60), ArrowDown: () => pan(0, 60), Escape: () => go({ ...NONE, q: "", rule: "" }) });
VIEWS.forEach((view, index) => on($("to-" + view), "click", (keys[index + 1] = () => go({ view }))));
on(window, "keydown", (e) => {
	const typing = e.target.matches?.("input,select,textarea");
	const leaving = e.key === "Escape";
	if (leaving) e.target.blur?.();
	if ((typing && !leaving) || e.ctrlKey || e.metaKey || e.altKey || !keys[e.key]) return;
	e.preventDefault();
	keys[e.key]();
});
on(window, "hashchange", read);
on(window, "beforeprint", fit);
read();
root.dataset.ready = "yes";
})();
