// Every page's script: fetches the page again after news, and changes in place what is different. Whatever a
// service said arrives as the server's own page, parsed and never run. Pages are complete without all this.
import { FILTER, filter, filterField } from "./filter";
import { keyOf, morph } from "./morph";
import { ago, localize, rememberUtc, wantsUtc, zone } from "./time";

const PACE_MS = 1000; // between two looks, while it is shown
const SLOW_MS = 15000; // while hidden, or when no events are to be had
const PATIENCE_MS = 5000; // without a connection, before it is said
const ANSWER_MS = 10000; // for the page: who accepts and does not answer by then is lost

const main = document.querySelector("main")!;
/** Goes on evenly, whatever becomes of the reader's clock. */
const now = (): number => performance.now();
const events = document.body.dataset.events; // "": none to be had, one looks from time to time

let utc = wantsUtc();
let paused = false;
let page = ""; // as it came last; empty: only the one that was loaded
let source: EventSource | undefined;
let timer = 0; // of the next look
let looked = now();
let took = 0; // the last look, ms
let again = false; // news came meanwhile
let looking = false;
let sorted = 0; // since when what fails comes first; the server did it
let lost = 0; // since when; 0: connected
let updated = Date.parse(document.querySelector<HTMLTimeElement>("#updated time")?.dateTime || "");
let skew = 0; // of the server's clock, ms

const create = <K extends keyof HTMLElementTagNameMap>(name: K, props: Partial<HTMLElementTagNameMap[K]> = {}) => {
	const element = Object.assign(document.createElement(name), props);
	element.setAttribute("data-own", "");
	return element;
};

const button = (text: string, title: string, click: () => void): HTMLButtonElement => {
	const made = create("button", { type: "button", textContent: text, title });
	made.addEventListener("click", click);
	return made;
};

const pressed = (made: HTMLElement, on: boolean): void => made.setAttribute("aria-pressed", `${on}`);

/* --- what is shown --- */

const said = create("p", { className: "vh" });
said.setAttribute("aria-live", "polite");
const banner = create("p", { className: "stale", hidden: true });
banner.setAttribute("role", "status");

const sentence = (root: ParentNode): string => root.querySelector("[data-say], h1")?.textContent || "";

function copyButtons(): void {
	for (const box of main.querySelectorAll("[data-copy]")) {
		const text = box.querySelector("pre");
		if (!text || box.querySelector("[data-own]"))
			continue;
		const copy = button("Copy", "", () => {
			getSelection()?.selectAllChildren(text);
			copy.textContent = document.execCommand("copy") ? "Copied" : "Press Ctrl+C"; // also without TLS
		});
		text.before(copy);
	}
}

/** While somebody reads, and for a while after it moved, what would go to another place stays where it is. */
function hold(next: Document): void {
	const places = new Map<string, Element>();
	for (const part of next.querySelectorAll("[data-key]"))
		places.set(keyOf(part), part);
	for (const part of main.querySelectorAll("[data-key]")) {
		const same = places.get(keyOf(part));
		same?.parentElement!.append(same);
	}
}

/** root: this document, or a new page before it is shown. */
function prepare(root: Document): void {
	if (!utc)
		localize(root.querySelector("main")!);
	filter(root);
	for (const name of document.querySelectorAll(".zone"))
		name.textContent = utc ? "UTC" : zone;
}

function show(): void {
	const next = new DOMParser().parseFromString(page, "text/html");
	const fresh = next.querySelector("main");
	const focused = document.activeElement as HTMLElement | null;
	if (!fresh)
		return;
	prepare(next);
	if (scrollY || main.matches(":hover, :focus-within") || now() - sorted < SLOW_MS)
		hold(next);
	else
		sorted = now();
	const told = sentence(fresh);
	if (told !== sentence(main))
		said.textContent = told;
	for (const part of ["main", "#nav"]) {
		const old = document.querySelector(part);
		const fresh = next.querySelector(part);
		if (old && fresh)
			morph(old, fresh);
	}
	if (focused !== document.activeElement && focused?.isConnected)
		focused.focus({ preventScroll: true });
	document.title = next.title;
	const icon = next.querySelector<HTMLLinkElement>("link[rel=icon]")?.getAttribute("href");
	if (icon)
		document.querySelector("link[rel=icon]")?.setAttribute("href", icon);
	updated = Date.parse(next.querySelector<HTMLTimeElement>("#updated time")?.dateTime || "");
	if (!updated)
		document.getElementById("updated")?.replaceChildren(); // as of then nothing is told
	copyButtons();
	document.dispatchEvent(new Event("outrider:shown"));
}

function tick(): void {
	const line = document.getElementById("updated");
	if (line && updated)
		line.textContent = `Updated ${ago(Date.now() + skew - updated)} ago`;
	banner.hidden = paused || !lost || now() - lost < PATIENCE_MS;
	if (!banner.hidden)
		banner.textContent = `Not connected for ${ago(now() - lost)}: this is how things stood then.`;
}

/* --- looking --- */

async function look(): Promise<void> {
	const began = now();
	clearTimeout(timer);
	timer = 0;
	looking = true;
	again = false;
	try {
		const url = new URL(location.href);
		url.searchParams.delete(FILTER); // that is done here, and what all readers ask for is kept
		const answer = await fetch(url, {
			cache: "no-cache",
			headers: { Accept: "text/html" },
			signal: AbortSignal.timeout(ANSWER_MS),
		});
		if (!answer.ok && answer.status !== 404) // that it is gone is an answer
			throw new Error(answer.statusText);
		const text = await answer.text();
		skew = Date.parse(answer.headers.get("date") || "") - Date.now() || 0;
		lost = 0;
		if (!paused || !page) {
			page = text;
			show();
		}
	} catch {
		lost ||= began;
		again = true;
	}
	looking = false;
	looked = now();
	took = looked - began;
	tick();
	if (again)
		news();
}

/** Looks soon: never at once for each of many news, and the less often the longer it takes. */
function news(): void {
	again = looking;
	if (paused || looking || timer)
		return;
	const pace = document.hidden ? SLOW_MS : lost ? PATIENCE_MS : Math.max(PACE_MS, 20 * took);
	timer = window.setTimeout(look, Math.max(0, looked + pace - now()));
}

/* A browser has few connections to a server for all its tabs: hidden ones look from time to time. */
function connect(): void {
	source?.close();
	source = undefined;
	if (!events || paused || document.hidden)
		return;
	const opened = (source = new EventSource(events));
	for (const name of ["result", "state", "incident", "reset"])
		opened.addEventListener(name, news);
	opened.onopen = () => {
		if (lost)
			void look();
	};
	opened.onerror = () => {
		if (opened.readyState === EventSource.CLOSED)
			return void look(); // refused: there are too many, or they are not for this reader
		lost ||= now();
		news();
	};
}

/** What was done is said once: neither the next look nor a link to this page says it again. */
function settleDone(): void {
	const done = document.querySelector(".done");
	if (!done)
		return;
	const url = new URL(location.href);
	url.searchParams.delete("done");
	history.replaceState(null, "", url);
	done.setAttribute("data-own", "");
}

function begin(): void {
	const tools = create("div", { className: "tools" });
	const live = button("Live", "Follow changes", () => {
		paused = !paused;
		pressed(live, !paused);
		live.textContent = paused ? "Paused" : "Live";
		connect();
		if (!paused)
			void look();
	});
	const clock = button("UTC", `Times in UTC, or in ${zone}`, () => {
		utc = !utc;
		rememberUtc(utc);
		pressed(clock, utc);
		if (page)
			show();
		else
			void look();
		document.dispatchEvent(new Event("outrider:zone"));
	});
	pressed(live, true);
	pressed(clock, utc);
	if (main.querySelector("[data-filter]"))
		tools.append(filterField(main));
	if (events !== undefined)
		tools.append(live);
	if (new Date().getTimezoneOffset())
		tools.append(clock);
	document.querySelector(".top")!.insertBefore(tools, document.getElementById("updated"));
	document.body.append(said);
	main.before(banner);
	settleDone();
	prepare(document);
	copyButtons();
	tick();
	setInterval(tick, 1000);
	if (events === undefined)
		return;
	connect();
	document.addEventListener("visibilitychange", () => {
		clearTimeout(timer); // it was set for the other pace
		timer = 0;
		connect();
		news();
	});
	setInterval(() => {
		if (!source || source.readyState === EventSource.CLOSED) {
			connect();
			news();
		} else if (now() - looked > 2 * SLOW_MS) {
			news(); // that the monitor itself stands still is said by the page, and by no event
		}
	}, SLOW_MS);
}

begin();
