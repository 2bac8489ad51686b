// Makes one tree like another in place, so that focus, selection and what a reader opened stay.

/** Elements of the script's own: left as they are, wherever they stand. */
const isOwn = (node: Node): boolean => (node as HTMLElement).dataset?.own !== undefined;

/** What stays the same element even when it moves. Texts have neither. */
export const keyOf = (node: Node): string => (node as HTMLElement).id || (node as HTMLElement).dataset?.key || "";

function attributes(from: Element, to: Element): void {
	for (const { name } of [...from.attributes])
		if (!to.hasAttribute(name) && name !== "open")
			from.removeAttribute(name);
	for (const { name, value } of to.attributes)
		if (from.getAttribute(name) !== value)
			from.setAttribute(name, value);
}

const skip = (node: ChildNode | null): ChildNode | null => {
	while (node && isOwn(node))
		node = node.nextSibling;
	return node;
};

export function morph(from: Element, to: Element): void {
	attributes(from, to);
	const keyed = new Map<string, ChildNode>();
	for (const child of from.children)
		if (keyOf(child))
			keyed.set(keyOf(child), child);
	let at = skip(from.firstChild);
	for (const next of [...to.childNodes]) {
		const key = keyOf(next);
		const match = key ? keyed.get(key) : at && !keyOf(at) && at.nodeName === next.nodeName ? at : undefined;
		if (!match || match.nodeName !== next.nodeName) {
			from.insertBefore(document.importNode(next, true), at);
			continue;
		}
		if (match === at)
			at = skip(at.nextSibling);
		else
			from.insertBefore(match, at);
		if (match.isEqualNode(next))
			continue;
		if (match instanceof Element)
			morph(match, next as Element);
		else
			match.nodeValue = next.nodeValue;
	}
	while (at) {
		const gone = at;
		at = skip(at.nextSibling);
		gone.remove();
	}
}
