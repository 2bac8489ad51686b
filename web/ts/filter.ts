// A field that hides rows. What it holds stands in the address, so that a link to a view lasts.

export const FILTER = "q";

let words: string[] = [];

/** What stands there, without what pictures say of themselves. */
function textOf(row: Element): string {
	const plain = row.cloneNode(true) as Element;
	plain.querySelectorAll("svg").forEach((picture) => picture.remove());
	return plain.textContent!.toLowerCase();
}

/** Hides what does not have all the words, and sections of which nothing is left; says so when that is all. */
export function filter(root: ParentNode): void {
	let all = 0;
	for (const section of root.querySelectorAll("section")) {
		const rows = section.querySelectorAll<HTMLElement>("[data-filter]");
		let left = 0;
		for (const row of rows) {
			const text = words.length ? textOf(row) : "";
			row.hidden = !words.every((word) => text.includes(word));
			left += row.hidden ? 0 : 1;
		}
		section.hidden = rows.length > 0 && !left;
		all += left;
	}
	const nothing = root.querySelector<HTMLElement>("#nothing");
	if (!nothing)
		return;
	nothing.hidden = all > 0 || !words.length;
	if (!nothing.hidden)
		nothing.textContent = `No check has all of “${words.join(" ")}”.`;
}

export function filterField(root: Element): HTMLInputElement {
	const field = document.createElement("input");
	const change = (): void => {
		words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
		filter(root);
	};
	field.type = "search";
	field.placeholder = "Filter";
	field.title = "Press / to come here";
	field.setAttribute("aria-label", "Filter checks");
	field.setAttribute("aria-keyshortcuts", "/");
	field.value = new URLSearchParams(location.search).get(FILTER) || "";
	field.addEventListener("input", () => {
		const url = new URL(location.href);
		if (field.value)
			url.searchParams.set(FILTER, field.value);
		else
			url.searchParams.delete(FILTER);
		history.replaceState(null, "", url);
		change();
	});
	field.addEventListener("keydown", (event) => {
		if (event.key !== "Escape")
			return;
		field.value = "";
		field.dispatchEvent(new Event("input"));
		field.blur();
	});
	document.addEventListener("keydown", (event) => {
		const into = event.target as Element;
		if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || into.closest("input, textarea, select"))
			return;
		event.preventDefault();
		field.select();
	});
	change();
	return field;
}
